"""What lab 21's page gives to copy does what the page says; SQLite stands for the database."""

import asyncio
import time
from importlib import reload
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.recipes import connection_times, limited_sessions, query_in_a_thread


def test_no_more_requests_than_connections_are_let_in_and_none_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 users, 2 tokens and 15 connections: without the limit the circle closes from 17 requests on."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    recipe = reload(limited_sessions)
    taken: list[int] = []

    async def ask() -> list[int]:
        current_default_thread_limiter().total_tokens = 2
        transport = httpx.ASGITransport(recipe.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            asked = [asyncio.create_task(client.get("/orders")) for _ in range(60)]
            while not all(one.done() for one in asked):
                taken.append(recipe.engine.pool.checkedout())  # type: ignore[attr-defined]
                await asyncio.sleep(0.001)
        assert asked[0].result().json() == {"user": 1, "orders": [1]}
        return [one.result().status_code for one in asked]

    assert asyncio.run(ask()) == [200] * 60
    assert 0 < max(taken) <= 14
    recipe.engine.dispose()


@pytest.mark.parametrize(("spare", "failed"), [("", False), ("the last one too", True)])
def test_sessions_beside_the_alias_need_the_connection_that_it_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spare: str, failed: bool
) -> None:
    """A small pool, so that it's seen at once: where the alias may take all of it, requests wait in a circle."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    code = Path(limited_sessions.__file__).read_text().replace("KEPT, MORE = 5, 10", "KEPT, MORE = 2, 1")
    code = code.replace("max_overflow=MORE)", "max_overflow=MORE, pool_timeout=2)")
    recipe: dict[str, Any] = {"__name__": "recipe"}
    exec(code.replace("KEPT + MORE - 1", "KEPT + MORE") if spare else code, recipe)

    @recipe["app"].get("/own")
    def own():
        with recipe["SessionLocal"]() as db:
            return db.scalar(text("SELECT 1"))

    async def ask() -> list[int]:
        current_default_thread_limiter().total_tokens = 4
        transport = httpx.ASGITransport(recipe["app"], raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app", timeout=20) as client:

            async def user(path: str) -> list[int]:
                return [(await client.get(path)).status_code for _ in range(20)]

            by_user = await asyncio.gather(*(user(path) for _ in range(10) for path in ("/orders", "/own")))
        return [status for statuses in by_user for status in statuses]

    assert (set(asyncio.run(ask())) != {200}) is failed
    recipe["engine"].dispose()


def test_sessions_that_threads_open_and_close_only_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 users, 20 tokens and 15 connections: more calls have a thread than there are connections."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    recipe = reload(query_in_a_thread)

    async def ask() -> list[object]:
        current_default_thread_limiter().total_tokens = 20
        async with httpx.AsyncClient(transport=httpx.ASGITransport(recipe.app), base_url="http://app") as client:
            return [one.json() for one in await asyncio.gather(*(client.get("/orders") for _ in range(60)))]

    assert asyncio.run(ask()) == [{"open": 1}] * 60
    assert recipe.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    recipe.engine.dispose()


def test_connection_times_cover_all_that_a_session_does_between_its_first_query_and_its_end(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    times = connection_times.ConnectionTimes(engine)
    assert times.mean_s() is None
    for _ in range(3):
        with Session(engine) as session:
            time.sleep(0.05)  # no connection yet
            session.execute(text("SELECT 1"))
            time.sleep(0.1)
    held_s = times.mean_s()
    assert held_s is not None and 0.1 <= held_s < 0.14 and len(times.held_s) == 3
    engine.dispose()
