"""A planned restart of the real uvicorn takes its steps in order; and what lab 27's page says of its shutdown."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx
import pytest

from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.service import Load, Restart, Variant
from labs.engine.harness.processes import watched
from labs.engine.harness.restarts import Restarting
from tests.serving import serving

SERVICE = """
import asyncio, pathlib, time
from fastapi import FastAPI
app = FastAPI()
here = pathlib.Path(__file__).parent
def note(name):
    (here / name).touch()
@app.get("/threaded")
def threaded():
    note("threaded begun")
    try:
        time.sleep(4)
    finally:
        note("threaded cleaned up")
@app.get("/awaiting")
async def awaiting():
    note("awaiting begun")
    try:
        await asyncio.sleep(4)
    finally:
        note("awaiting cleaned up")
"""


@pytest.mark.parametrize(("signal_", "workers"), [("TERM", 1), ("TERM", 2), ("HUP", 2)])
def test_a_restart_waits_for_its_moment_and_ends_with_new_workers(
    port: int, tmp_path: Path, signal_: Literal["TERM", "HUP"], workers: int
) -> None:
    variant = Variant(name="any", endpoint=ASYNC_SLEEP, ms=0, workers=workers, load=Load(vus=1))
    again: list[int] = []
    with watched() as watchdog, serving(watchdog, variant, port, tmp_path) as server:
        one = Restarting(Restart(at_s=4.0, signal=signal_), server, port, again.append)
        one.poll(3.9)
        assert one.signal_s is None and one.replaced_workers() == 0

        def finished() -> bool:
            one.poll(4.0)
            return one.stopped_s is not None and one.ready_s is not None

        until(finished)
        assert one.signal_s and one.stopped_s and one.ready_s
        assert one.signal_s <= min(one.stopped_s, one.ready_s)
        assert len(again) == (signal_ == "TERM")
        started = server.started_workers()
        assert server.living_workers() == started[workers:] and len(started) == 2 * workers
        assert one.replaced_workers() == 0 and server.replaced_workers() == workers
        os.kill(started[-1], signal.SIGKILL)
        until(lambda: one.replaced_workers() == 1)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _heeds_hangups() -> None:
    """Whoever runs these tests with nohup ignores SIGHUP, and so would every process that they start."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def service(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "service.py").write_text(SERVICE)
    argv = [sys.executable, "-m", "uvicorn", "service:app", "--port", str(port), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            argv, cwd=folder, stdout=log, stderr=log, start_new_session=True, preexec_fn=_heeds_hangups
        )
        try:
            deadline = time.monotonic() + 30
            while b"Application startup complete" not in (folder / "log").read_bytes():
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            time.sleep(0.3)  # until it listens
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def asked(port: int, path: str) -> int:
    return httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=20).status_code


@pytest.mark.parametrize("workers", [1, 2])
def test_who_is_cut_off_gets_a_500_and_a_thread_is_ended_without_its_finally(
    port: int, tmp_path: Path, workers: int
) -> None:
    options = ("--workers", str(workers), "--timeout-graceful-shutdown", "1")
    with service(tmp_path, port, *options) as process, ThreadPoolExecutor() as pool:
        waiting: list[Future[int]] = [pool.submit(asked, port, path) for path in ("threaded", "awaiting")]
        until(lambda: all((tmp_path / f"{name} begun").exists() for name in ("threaded", "awaiting")))
        process.send_signal(signal.SIGTERM)
        assert [one.result() for one in waiting] == [500, 500]
        process.wait(20)
        time.sleep(4)  # longer than the thread would have taken
    assert (tmp_path / "awaiting cleaned up").exists()
    assert not (tmp_path / "threaded cleaned up").exists()


def test_a_hangup_ends_a_server_without_a_supervisor(port: int, tmp_path: Path) -> None:
    with service(tmp_path, port) as process:
        process.send_signal(signal.SIGHUP)
        assert process.wait(10) == -signal.SIGHUP
