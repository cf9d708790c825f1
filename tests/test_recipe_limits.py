"""What "Watch your own service" gives to copy does what the page says, on the real PostgreSQL."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from app.recipes import limits_report
from labs.engine.harness import postgres
from labs.engine.harness.processes import watched
from labs.engine.paths import ROOT

SERVICE = """
import asyncio, json, logging, time
from contextlib import asynccontextmanager
import httpx
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from app.recipes import limits_report as report

logging.basicConfig(format="%(message)s", level=logging.INFO)
logging.getLogger("httpx").setLevel(logging.WARNING)
report.EVERY_S, report.LOOK_S, report.ALARM_S = 0.5, 0.04, 0.2
url = {url!r}.replace("postgresql://", "postgresql+psycopg://")
small = dict(pool_size=1, max_overflow=1)
engine = create_engine(url, poolclass=report.CountedPool, **small)
async_engine = create_async_engine(url, poolclass=report.CountedAsyncPool, **small)
app = FastAPI()
app.add_middleware(report.ByRoute)
app.include_router(report.router)

@app.get("/orders/{{number}}")
def orders(number: int):
    with engine.connect() as connection:
        for _ in range(number):
            connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT pg_sleep(1.2)"))

@app.get("/async")
async def awaits():
    async with async_engine.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(1.2)"))

@app.get("/blocks")
async def blocks():
    time.sleep(0.4)

async def main():
    current_default_thread_limiter().total_tokens = 4
    used = {{"sync": engine, "async": async_engine.sync_engine}}["{kind}"]
    async with report.watching(app, used), httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://app", timeout=20
    ) as client:
        asked = [asyncio.create_task(client.get("{path}")) for _ in range(7)]
        for _ in range(60):  # until both connections are open
            live = (await client.get("/debug/limits")).json()
            if (live["connections"]["taken"], live["connections"]["waiting"]) == (2, {waiting}):
                break
            await asyncio.sleep(0.02)
        print("live", json.dumps(live), flush=True)
        await asyncio.gather(*asked)
        if "{path}" == "/orders/3":
            await client.get("/blocks")
        await asyncio.sleep(0.6)

asyncio.run(main())
"""


@pytest.mark.parametrize(("kind", "path"), [("sync", "/orders/3"), ("async", "/async")])
def test_it_counts_tokens_connections_queries_and_names_what_blocks(kind: str, path: str, tmp_path: Path) -> None:
    waiting = 2 if kind == "sync" else 5  # of seven, two have a connection; of the others, four have a token at most
    script = tmp_path / "service.py"
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "log", 20) as database:
        script.write_text(SERVICE.format(url=database.url, kind=kind, path=path, waiting=waiting))
        ended = subprocess.run(
            [sys.executable, script], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, timeout=40
        )
    assert ended.returncode == 0, ended.stderr
    live = json.loads(ended.stdout.removeprefix("live "))
    assert (live["connections"]["size"], live["connections"]["taken"], live["connections"]["waiting"]) == (
        2,
        2,
        waiting,
    )
    assert live["tokens"] == {"size": 4, "taken": 4, "waiting": 3} if kind == "sync" else live["tokens"]["taken"] == 0
    told = [json.loads(line) for line in re.findall(r"^limits (\{.*\})$", ended.stderr, flags=re.MULTILINE)]
    seen = [(name, of) for one in told for name, of in one["routes"].items()]
    name = "GET __main__.orders" if kind == "sync" else "GET __main__.awaits"
    assert sum(of["requests"] for route, of in seen if route == name) == 7
    assert {of["queries_per_request"] for route, of in seen if route == name} == {4.0 if kind == "sync" else 1.0}
    held_ms = [one["connections"]["held_ms"] for one in told if one["connections"]["held_ms"]]
    assert held_ms and all(1_200 <= one < 1_900 for one in held_ms)
    assert sum(one["connections"]["given_back"] for one in told) == 7
    assert all(0 <= one["cores"] < 0.5 for one in told)  # it waits
    if kind == "sync":
        assert re.search(rf'File "{script}", line \d+, in blocks\n    time.sleep', ended.stderr)
        assert 300 <= max(one["loop_lag_ms"] for one in told) < 900
    else:
        assert "blocked" not in ended.stderr


def test_a_pool_without_a_connection_counts_nobody_once_the_wait_is_over() -> None:
    engine = create_engine(
        "sqlite://", poolclass=limits_report.CountedPool, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    pool = engine.pool
    assert isinstance(pool, limits_report.CountedPool) and pool.most == 1
    with engine.connect(), pytest.raises(PoolTimeout):
        engine.connect()
    assert not pool.asking
    engine.dispose()
    assert isinstance(engine.pool, limits_report.CountedPool) and engine.pool.most == 1


def test_requests_of_a_mounted_app_and_of_an_app_without_its_lifespan_go_through() -> None:
    engine = create_engine("sqlite://", poolclass=limits_report.CountedPool)
    inner, outer = FastAPI(), FastAPI()
    inner.get("/{number}")(lambda number: number)
    outer.get("/own/{number}")(lambda number: number)
    outer.mount("/inner", inner)
    outer.add_middleware(limits_report.ByRoute)

    async def ask() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://app") as client:
            assert (await client.get("/own/1")).json() == "1"
            async with limits_report.watching(outer, engine):
                for path in ("/own/1", "/inner/1", "/nowhere"):
                    await client.get(path)
                return sorted(outer.state.watch.report(outer.state.watch.seen)["routes"])

    seen = asyncio.run(ask())
    assert len(seen) == 2 and seen[0] == "GET (no route)" and "<lambda>" in seen[1]
    with pytest.raises(TypeError, match="poolclass=CountedPool"):
        asyncio.run(enter(create_engine("sqlite://", poolclass=QueuePool)))
    engine.dispose()


async def enter(engine: Engine) -> None:
    async with limits_report.watching(FastAPI(), engine):
        pass


def test_a_watch_whose_loop_is_closed_under_it_ends() -> None:
    engine = create_engine("sqlite://", poolclass=limits_report.CountedPool)

    async def begin() -> limits_report.Watch:
        return limits_report.Watch(engine)

    watch = asyncio.run(begin())  # its loop is closed now
    watch.ask()
    assert watch.ended.is_set()
    engine.dispose()
