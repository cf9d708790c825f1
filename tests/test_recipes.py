"""What a page gives to copy does what the page says."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.recipes import asgi_header, bulkhead, cpu_per_request, in_a_thread, in_processes, more_tokens, token_report
from labs.engine.harness import postgres
from labs.engine.harness.processes import watched
from labs.engine.paths import ROOT


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

    assert asyncio.run(ask()) == {"worker": os.getpid(), "tokens": 2, "taken": 2, "waiting": 3}


def test_the_lifespan_gives_a_worker_more_tokens() -> None:
    app = FastAPI(lifespan=more_tokens.lifespan)
    app.include_router(token_report.router)
    with TestClient(app) as client:
        assert client.get("/debug/tokens").json()["tokens"] == 100


def test_cpu_per_request_counts_computing_and_no_waiting() -> None:
    meter = cpu_per_request.CpuPerRequest()
    assert meter.per_request_s() is None
    for _ in range(4):
        until_s = time.process_time() + 0.02
        while time.process_time() < until_s:
            pass
        time.sleep(0.05)
        meter.count()
    told = meter.per_request_s()
    assert told is not None and 0.02 <= told < 0.04
    assert meter.per_request_s() is None


def test_computing_in_processes_starts_them_at_start_up() -> None:
    with TestClient(in_processes.app) as client:
        assert len(in_processes.app.state.pool._processes) == 2
        assert client.get("/squares", params={"n": 4}).json() == {"sum": 14}


def test_the_header_is_added_and_the_start_up_passes() -> None:
    with TestClient(asgi_header.app) as client:
        response = client.get("/")
    assert response.headers["X-Served-By"] == "course" and response.json() == {"hello": "world"}


def test_calls_behind_the_bulkhead_take_no_token_of_other_routes() -> None:
    async def ask() -> tuple[float, float]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(bulkhead.app), base_url="http://app") as client:
            calls = [asyncio.create_task(client.get("/legacy", params={"seconds": 0.2})) for _ in range(15)]
            await asyncio.sleep(0.1)
            told = current_default_thread_limiter().borrowed_tokens, bulkhead.legacy_places.borrowed_tokens
            await asyncio.gather(*calls)
        return told

    assert asyncio.run(ask()) == (0, 10)


WATCHED = """
import asyncio, ctypes, logging, time
from app.recipes import loop_watch

logging.basicConfig(format="%%(message)s", level=logging.INFO)
loop_watch.ALARM_S = 0.2

def keep_the_lock(seconds):
    ctypes.PyDLL(None).usleep(round(1e6 * seconds))

def compute(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(1000))

async def main(block):
    async with loop_watch.lifespan(loop_watch.app):
        for _ in range(4):
            await asyncio.sleep(0.1)
            if block:
                block(0.6)  # the culprit

asyncio.run(main(%s))
"""


@pytest.mark.parametrize("block", ["time.sleep", "compute", "keep_the_lock", "None"])
def test_the_watch_names_the_line_that_blocks_the_loop_once_each_time_and_is_silent_else(
    block: str, tmp_path: Path
) -> None:
    script = tmp_path / "service.py"
    script.write_text(WATCHED % block)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, timeout=30)
    assert ended.returncode == 0, ended.stderr
    named = 4 if block in ("time.sleep", "compute") else 0
    assert ended.stderr.count(f'File "{script}", line 21, in main') == named, ended.stderr
    assert ended.stderr.count("other code kept Python's lock") == (4 if block == "keep_the_lock" else 0), ended.stderr
    assert bool(ended.stderr) is (block != "None") and "Traceback" not in ended.stderr


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


REPORTING = """
import asyncio, logging, time
from anyio import to_thread
from anyio.to_thread import current_default_thread_limiter
from app.recipes import three_numbers
from psycopg_pool import AsyncConnectionPool

logging.basicConfig(format="%(message)s", level=logging.INFO)
three_numbers.EVERY_S = 0.1
three_numbers.AsyncConnectionPool = lambda open: AsyncConnectionPool({url!r}, min_size=1, max_size=1, open=open)

async def wants_a_connection(pool):
    async with pool.connection():
        await asyncio.sleep(0.6)

async def main():
    current_default_thread_limiter().total_tokens = 2
    async with three_numbers.lifespan(three_numbers.app):
        pool = three_numbers.app.state.pool
        await pool.wait()
        wants = [asyncio.create_task(wants_a_connection(pool)) for _ in range(3)]
        calls = [asyncio.create_task(to_thread.run_sync(time.sleep, 0.6)) for _ in range(6)]
        await asyncio.sleep(0.5)
        time.sleep(0.5)  # blocks the loop
        await asyncio.gather(*wants, *calls)

asyncio.run(main())
"""


def test_the_three_numbers_tell_the_three_lines_apart(tmp_path: Path) -> None:
    script = tmp_path / "service.py"
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "log", 20) as database:
        script.write_text(REPORTING.format(url=database.url))
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        ended = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, timeout=30)
    assert ended.returncode == 0, ended.stderr
    told = re.findall(r"loop lag (\d+) ms, waiting for a token (\d+), waiting for a connection (\d+)", ended.stderr)
    lags, tokens, connections = ([int(number) for number in column] for column in zip(*told, strict=True))
    assert 300 <= max(lags) <= 900 and min(lags) < 100
    assert max(tokens) == 4 and max(connections) == 2
