"""How much of the time a loop is busy, read inside a process: what it says, and what it costs."""

import json
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from labs.diagnose import reader, readings
from labs.diagnose.readings import Reading
from tests.test_inside import environment

RUN = """
import asyncio, time

async def main():
    while True:
        time.sleep(BLOCK)
        await asyncio.sleep(REST)

BEGIN
"""
BEGINS = {"asyncio": "asyncio.run(main())", "uvloop": "import uvloop; uvloop.run(main())"}
SEEN_S, FIRST_S = 4.0, 1.0


def printed(code: str, folder: Path) -> Any:
    env = environment(folder, COURSE_METRICS_KNOWN="busy_loops")
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=env, capture_output=True, timeout=60)
    assert ended.returncode == 0, ended.stderr.decode()
    return json.loads(ended.stdout)


def watched(code: str, folder: Path) -> list[Reading]:
    """What a process says of itself, but for its first second, as a diagnosis reads it."""
    found: dict[float, Reading] = {}
    env = environment(folder, COURSE_METRICS_KNOWN="busy_loops")
    with subprocess.Popen([sys.executable, "-c", code], env=env) as it:
        ends = time.monotonic() + SEEN_S + FIRST_S
        while it.poll() is None and time.monotonic() < ends:
            time.sleep(0.05)
            found |= {one.at_s: one for one in reader.read(folder)}
        it.kill()
    return [one for one in found.values() if one.at_s > min(found) + FIRST_S]


@pytest.mark.parametrize(
    ("block_s", "rest_s", "low", "high"), [(0.05, 0.05, 0.4, 0.7), (0.05, 0.0, 0.85, 1.0), (0.0, 0.05, 0.0, 0.25)]
)
def test_the_share_of_the_time_in_which_a_loop_is_blocked(
    tmp_path: Path, block_s: float, rest_s: float, low: float, high: float
) -> None:
    """A loop that waits for its turn on a machine that others use is late as well: the bounds leave room for that."""
    code = RUN.replace("BLOCK", str(block_s)).replace("REST", str(rest_s))

    def seen(loop: str) -> list[Reading]:
        folder = tmp_path / loop
        folder.mkdir()
        return watched(code.replace("BEGIN", BEGINS[loop]), folder)

    with ThreadPoolExecutor() as side_by_side:
        for found in side_by_side.map(seen, BEGINS):
            share = readings.loop_busy(found)
            assert len(found) > 5 and share is not None and low <= share <= high


def test_what_nobody_has_looked_at_is_unknown(tmp_path: Path) -> None:
    code = "import json; from course_metrics import busy_loops; print(json.dumps(busy_loops.watched.read()))"
    assert printed(code, tmp_path) == [1, None, 0]


def test_no_thread_looks_where_no_loop_runs_or_nobody_reads(tmp_path: Path) -> None:
    code = """
        import asyncio, json, os, shutil, threading, time
        from course_metrics import busy_loops
        busy_loops.UNREAD_S = 0.5
        def count(): return sum(one.name == "course metrics, loops" for one in threading.enumerate())
        counts = [count()]
        async def main():
            await asyncio.sleep(1)
            counts.append(count())
            shutil.rmtree(os.environ["COURSE_METRICS"])
            await asyncio.sleep(1.5)
            counts.append(count())
        asyncio.run(main())
        print(json.dumps(counts))
    """
    assert printed(code, tmp_path) == [0, 1, 0]


def test_looking_costs_less_than_three_percent_of_what_a_thousand_requests_do(tmp_path: Path) -> None:
    """A request of 0.3 ms of CPU, a thousand a second: 3% of 0.3 cores is 9 ms in a second."""
    code = """
        import asyncio, json, time
        from course_metrics import busy_loops, loops
        async def main():
            watch = busy_loops.Watch(asyncio.get_running_loop())
            begun, count = time.process_time(), 300
            for _ in range(count):
                watch.look()
                await asyncio.sleep(0)
            print(json.dumps((time.process_time() - begun) / count))
        asyncio.run(main())
    """
    each_s = printed(code, tmp_path)
    looks_per_s = 1 / 0.02
    assert each_s * looks_per_s < 0.009
