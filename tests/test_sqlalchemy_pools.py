"""SQLAlchemy's pools, read inside a service that knows nothing of it. No database: the connections are made up."""

import json
from pathlib import Path

import pytest

from tests.test_inside import ran

CONNECTION = """
import asyncio, json, threading, time
from course_metrics import writer

class Connection:
    def rollback(self): ...
    def close(self): ...

def pools():
    return [one for one in writer.seen()["resources"] if one["kind"] == "connection pool"]
"""
THREADS = """
from sqlalchemy.pool import QueuePool

pool = QueuePool(Connection, pool_size=2, max_overflow=1)
before = pools()
held = [pool.connect() for _ in range(3)]
for _ in range(2):
    threading.Thread(target=lambda: held.append(pool.connect()), daemon=True).start()
time.sleep(0.3)
full = pools()
held.pop(0).close()
time.sleep(0.3)
print(json.dumps([before, full, pools()]))
"""
TASKS = """
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import greenlet_spawn

async def main():
    pool = AsyncAdaptedQueuePool(Connection, pool_size=2, max_overflow=1)
    before = pools()
    held = [await greenlet_spawn(pool.connect) for _ in range(3)]
    tasks = [asyncio.create_task(greenlet_spawn(pool.connect)) for _ in range(2)]
    await asyncio.sleep(0.1)
    full = pools()
    await greenlet_spawn(held.pop().close)
    await asyncio.sleep(0.1)
    print(json.dumps([before, full, pools()]))
    tasks[1].cancel()

asyncio.run(main())
"""
UNLIMITED = """
from sqlalchemy.pool import QueuePool

pool = QueuePool(Connection, pool_size=0)
held = [pool.connect() for _ in range(4)]
print(json.dumps(pools()))
"""
ENGINE = """
from sqlalchemy import create_engine

engine = create_engine("postgresql+psycopg://nowhere/none", pool_size=3, max_overflow=4, pool_timeout=2, echo=False)
engine.dispose()  # makes a new pool; the old one is forgotten with its last user
print(json.dumps([pools()[-1], engine.pool.timeout()]))
"""


def told(code: str, folder: Path) -> list[tuple[float | None, float | None, float | None]]:
    ended = ran(CONNECTION + code, folder, COURSE_METRICS_KNOWN="sqlalchemy_pools")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("code", [THREADS, TASKS], ids=["threads", "tasks"])
def test_a_pool_tells_its_size_what_is_taken_and_who_waits(code: str, tmp_path: Path) -> None:
    moments = told(code, tmp_path)
    numbers = [[(one["size"], one["in_use"], one["waiting"]) for one in pools] for pools in moments]  # type: ignore
    assert numbers == [[(3, 0, 0)], [(3, 3, 2)], [(3, 3, 1)]]


def test_a_pool_without_a_limit_has_no_size(tmp_path: Path) -> None:
    (pool,) = told(UNLIMITED, tmp_path)
    assert (pool["size"], pool["in_use"], pool["waiting"]) == (None, 4, 0)  # type: ignore


def test_an_engine_takes_its_arguments_as_before_and_its_new_pool_is_seen(tmp_path: Path) -> None:
    pool, timeout_s = told(ENGINE, tmp_path)
    assert (pool["size"], pool["in_use"], pool["made_in"]) == (7, 0, "<module> in __main__")  # type: ignore
    assert timeout_s == 2
