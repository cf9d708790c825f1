"""Server metrics read inside services that know nothing of it: what is seen, and that it never gets in the way."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from labs.engine.harness.server import INSIDE, inside_path

KNOWN = "anyio_limiters executors psycopg_pools uvicorn_requests"


def environment(folder: Path, **more: str) -> dict[str, str]:
    own = {"PYTHONPATH": inside_path(None), "COURSE_METRICS": str(folder), "COURSE_METRICS_KNOWN": KNOWN}
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own | more


def ran(code: str, folder: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, *options, "-c", code]
    return subprocess.run(argv, env=environment(folder, **more), capture_output=True, text=True, timeout=60)


def seen(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in folder.glob("*.json")]


def of(kind: str, found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in found["resources"] if one["kind"] == kind]


BUSY = """
import asyncio, json, time
from concurrent.futures import ThreadPoolExecutor
import anyio, anyio.to_thread
from course_metrics import writer

async def main():
    anyio.to_thread.current_default_thread_limiter().total_tokens = 2
    own = anyio.CapacityLimiter(1)
    three = ThreadPoolExecutor(3)
    for _ in range(5):
        three.submit(time.sleep, 1.5)
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(anyio.to_thread.run_sync, time.sleep, 1.5)
        for _ in range(3):
            group.start_soon(lambda: anyio.to_thread.run_sync(time.sleep, 1.2, limiter=own))
        await asyncio.sleep(1)
        print(json.dumps(writer.seen()))
BEGIN
"""


@pytest.mark.parametrize("begin", ["anyio.run(main)", "import uvloop; uvloop.run(main())"], ids=["asyncio", "uvloop"])
def test_what_is_bounded_is_seen_by_kind_with_its_maker(tmp_path: Path, begin: str) -> None:
    ended = ran(BUSY.replace("BEGIN", begin), tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    (tokens,), (own,), executors = (of(kind, found) for kind in ("thread tokens", "limiter", "thread pool executor"))
    assert (tokens["size"], tokens["in_use"], tokens["waiting"]) == (2, 2, 3)
    assert (own["size"], own["in_use"], own["waiting"]) == (1, 1, 2) and own["made_in"] == "main in __main__"
    assert [(one["size"], one["in_use"], one["waiting"]) for one in executors if one["size"] == 3] == [(3, 3, 2)]
    assert found["unknown"] == {} and found["rss_bytes"] > 10**6 and found["cost_s"] < 0.5


def test_a_blocked_loop_is_seen_while_it_is_blocked(tmp_path: Path) -> None:
    code = "import asyncio, time\nasync def main():\n  await asyncio.sleep(1)\n  time.sleep(2)\nasyncio.run(main())"
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, env=environment(tmp_path)) as process:
        deadline, lag_s = time.monotonic() + 20, 0.0
        while process.poll() is None and time.monotonic() < deadline and lag_s < 1:
            time.sleep(0.1)
            lag_s = max((found["loop_lag_s"] or 0.0 for found in seen(tmp_path)), default=0.0)
        assert lag_s >= 1
        process.kill()


def test_a_process_without_a_loop_writes_nothing_and_has_no_thread(tmp_path: Path) -> None:
    ended = ran("import threading, time; time.sleep(0.6); print(threading.active_count())", tmp_path)
    assert ended.stdout == "1\n" and seen(tmp_path) == []


def test_a_loop_that_runs_for_a_moment_gets_no_timer(tmp_path: Path) -> None:
    code = (
        "import asyncio, course_metrics.loops as loops\n"
        "async def nothing(): pass\n"
        "for _ in range(200): asyncio.run(nothing())\n"
        "import gc; gc.collect(); print(len(loops._hearts), len(loops._seen) < 5)"
    )
    assert ran(code, tmp_path).stdout == "0 True\n"


def test_a_child_that_was_forked_writes_for_itself(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, time\n"
        "async def wait(): await asyncio.sleep(1)\n"
        "asyncio.run(wait())\n"
        "child = os.fork()\n"
        "asyncio.run(wait())\n"
        "if child: os.waitpid(child, 0)"
    )
    assert ran(code, tmp_path).returncode == 0 and len(seen(tmp_path)) == 2


def test_the_sitecustomize_that_it_hides_runs_as_well(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('the other one')")
    ended = ran("pass", tmp_path, PYTHONPATH=inside_path(str(tmp_path)))
    assert ended.stdout == "the other one\n"


def test_an_isolated_interpreter_is_left_alone(tmp_path: Path) -> None:
    ended = ran("import asyncio; asyncio.run(asyncio.sleep(0.6))", tmp_path, "-I")
    assert ended.returncode == 0 and seen(tmp_path) == []


def test_a_library_that_has_changed_makes_its_resource_unknown_and_nothing_fail(tmp_path: Path) -> None:
    package = tmp_path / "psycopg_pool"
    package.mkdir()
    (package / "__init__.py").write_text("from psycopg_pool import base")
    (package / "base.py").write_text("pool = None")
    code = "import asyncio, psycopg_pool; asyncio.run(asyncio.sleep(1))"
    ended = ran(code, tmp_path, PYTHONPATH=inside_path(str(tmp_path)))
    assert ended.returncode == 0, ended.stderr
    (found,) = seen(tmp_path)
    assert list(found["unknown"]) == ["psycopg_pool.base"] and of("connection pool", found) == []


def test_it_needs_nothing_but_the_standard_library() -> None:
    lines = [line for path in INSIDE.rglob("*.py") for line in path.read_text().splitlines()]
    names = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert names - {"course_metrics"} <= sys.stdlib_module_names
