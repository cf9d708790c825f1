"""What a page gives to copy does what the page says."""

import asyncio
import logging
import time

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.recipes import in_a_thread, loop_lag, more_tokens, token_report


def test_the_token_report_counts_what_is_taken_and_what_waits() -> None:
    app = FastAPI()
    app.include_router(token_report.router)

    @app.get("/def")
    def slow() -> dict[str, int]:
        time.sleep(0.3)
        return {}

    async def ask() -> dict[str, float]:
        current_default_thread_limiter().total_tokens = 2
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            slow_ones = [asyncio.create_task(client.get("/def")) for _ in range(5)]
            await asyncio.sleep(0.1)
            told: dict[str, float] = (await client.get("/debug/tokens")).json()
            await asyncio.gather(*slow_ones)
        return told

    assert asyncio.run(ask()) == {"taken": 2, "of": 2, "waiting": 3}


def test_the_lifespan_gives_a_worker_more_tokens() -> None:
    app = FastAPI(lifespan=more_tokens.lifespan)
    app.include_router(token_report.router)
    with TestClient(app) as client:
        assert client.get("/debug/tokens").json()["of"] == 100


def test_the_watch_names_a_blocked_loop(caplog: pytest.LogCaptureFixture) -> None:
    async def blocked() -> None:
        watch = asyncio.create_task(loop_lag.watch_loop(alarm_s=0.15))
        await asyncio.sleep(0.05)
        time.sleep(0.4)
        await asyncio.sleep(0.15)
        watch.cancel()

    with caplog.at_level(logging.WARNING, "loop"):
        asyncio.run(blocked())
    (warning,) = caplog.messages
    assert "the event loop was blocked for" in warning


def test_a_blocking_call_in_a_thread_leaves_the_loop_free() -> None:
    app = FastAPI()
    app.include_router(in_a_thread.router)

    async def both() -> float:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            begun = time.monotonic()
            answers = await asyncio.gather(client.get("/report"), client.get("/report"))
            assert all(one.json() == {"report": "ready"} for one in answers)
            return time.monotonic() - begun

    assert asyncio.run(both()) < 0.9
