"""Lab 24: requests and tasks share the tokens as computed, a published case agrees, and its recipe bounds the line."""

import asyncio
import threading
import time

import httpx
import pytest
from anyio import from_thread
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.background import BackgroundTask

from app import background
from app.recipes.bounded_tasks import TaskLine
from labs.lab24_background_tasks import lab, tables
from labs.lab24_background_tasks.model import play


def test_a_route_and_its_task_share_the_tokens() -> None:
    ended_s = [one.end_s for one in play(tables.OURS, until_s=110) if not one.is_task]
    assert sum(10 < end_s <= 110 for end_s in ended_s) / 100 == pytest.approx(
        lab.TOKENS / ((1 + lab.TIMES_AS_LONG) * lab.ROUTE_MS / 1000), rel=0.01
    )


def test_no_token_does_two_things_at_once() -> None:
    free_at_s = [0.0] * tables.OURS.tokens
    for held in play(tables.OURS, until_s=20):
        assert held.start_s >= free_at_s[held.token]
        free_at_s[held.token] = held.end_s


@pytest.mark.parametrize(("users", "spawned_per_s", "measured"), tables.PUBLISHED)
def test_the_published_case_lies_within_what_is_simulated(users: int, spawned_per_s: float, measured: int) -> None:
    counts = tables.simulated(users, spawned_per_s)
    assert counts[0] <= measured <= counts[-1]
    assert measured == pytest.approx(counts[len(counts) // 2], rel=0.03)


def test_the_lab_and_the_app_agree_on_how_long_a_def_routes_task_is() -> None:
    assert background.TIMES_AS_LONG == lab.TIMES_AS_LONG


def test_a_def_task_takes_a_token_of_the_default_limiter() -> None:
    async def taken() -> float:
        task = asyncio.create_task(BackgroundTask(background.write, 100)())
        await asyncio.sleep(0.03)
        found: float = current_default_thread_limiter().borrowed_tokens
        await task
        return found

    assert asyncio.run(taken()) == 1


def test_the_recipe_refuses_what_would_make_the_line_longer() -> None:
    app = FastAPI()

    async def ask() -> tuple[list[int], float, int]:
        line = TaskLine(threads=1, most=3)

        @app.post("/mail")
        async def mail() -> dict[str, str]:
            line.add(lambda: time.sleep(0.1))
            return {"mail": "will be sent"}

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            asked = [asyncio.create_task(client.post("/mail")) for _ in range(5)]
            await asyncio.sleep(0.05)
            taken: float = current_default_thread_limiter().borrowed_tokens
            codes = sorted([(await one).status_code for one in asked])
            while line.tasks:
                await asyncio.sleep(0.01)
            line.add(lambda: 1 / 0)  # work that fails gives its place back
            await asyncio.wait(line.tasks)
            await asyncio.sleep(0)
            return codes, taken, len(line.tasks)

    assert asyncio.run(ask()) == ([200, 200, 200, 503, 503], 0, 0)


def test_what_has_begun_can_be_waited_for() -> None:
    done = threading.Event()

    async def stop() -> bool:
        line = TaskLine(threads=1, most=3)
        line.add(lambda: 1 / 0)  # work that fails ends, too
        line.add(lambda: (time.sleep(0.05), done.set()))
        await line.ended()
        return done.is_set()

    assert asyncio.run(stop())


def test_a_def_route_adds_to_the_line_through_the_loop() -> None:
    app, done = FastAPI(), threading.Event()

    async def ask() -> int:
        line = TaskLine(threads=1, most=3)

        @app.post("/mail")
        def mail() -> None:
            from_thread.run_sync(line.add, done.set)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            status = (await client.post("/mail")).status_code
        await asyncio.gather(*line.tasks)
        return status

    assert asyncio.run(ask()) == 200 and done.is_set()
