"""Whatever ends a run, nothing of ours is left running and the message says what happened."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from labs.engine.harness.processes import child, watched
from tests.conftest import Invoked, Started, gone, marked

pytestmark = pytest.mark.fault
RUNNING = ("lab2", "--steady", "20", "--port")


def begin(start: Callable[..., Started], port: int) -> Started:
    lab = start(*RUNNING, str(port))
    lab.wait_for("starting 2 workers")
    lab.child("load_test.js")
    return lab


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_nothing_outlives_the_harness(start: Callable[..., Started], port: int, number: int, status: int) -> None:
    lab = begin(start, port)
    assert len(marked(lab.mark)) >= 5  # harness, watchdog, uvicorn, its workers, k6
    lab.process.send_signal(number)
    assert lab.process.wait(timeout=20) == status
    assert gone(lab.mark)


@pytest.mark.parametrize("word", ["load_test.js", "app.main:app", "spawn_main"])
def test_a_killed_part_ends_the_run_and_leaves_nothing(start: Callable[..., Started], port: int, word: str) -> None:
    lab = start("lab2", "--steady", "4", "--ms", "100", "--vus", "50", "--tokens", "4", "--port", str(port))
    lab.wait_for("starting 2 workers")
    lab.child("load_test.js")
    victim = lab.child(word)
    os.kill(victim.pid, signal.SIGKILL)
    output, errors = lab.process.communicate(timeout=90)
    assert lab.process.returncode in (2, 20), errors
    if word == "load_test.js":
        assert "k6 left no summary: it was killed (SIGKILL)" in " ".join(errors.split())
    else:
        assert "workers died" in " ".join(output.split())
    assert gone(lab.mark)


def test_a_taken_port_is_named_and_nothing_is_started(invoke: Callable[..., Invoked], port: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        ended = invoke("lab2", "--scale", "smoke", "--port", str(port))
    assert ended.status == 2 and f"port {port} is taken" in ended.err and "--port" in ended.err
    assert gone(ended.mark)


def test_a_missing_k6_is_named_with_its_fix(invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke("lab2", "--scale", "smoke", "--port", str(port), K6_BIN="/nowhere/k6")
    assert ended.status == 2 and "/nowhere/k6 doesn't exist: unset K6_BIN" in ended.err
    assert gone(ended.mark)


def test_a_server_that_cannot_start_shows_its_own_error(
    invoke: Callable[..., Invoked], port: int, tmp_path: Path
) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError('broken on purpose')")
    ended = invoke("lab2", "--scale", "smoke", "--port", str(port), PYTHONPATH=str(tmp_path))
    assert ended.status == 2 and "broken on purpose" in ended.err and "server.log" in ended.err
    assert gone(ended.mark)


def test_two_labs_at_once_are_refused(start: Callable[..., Started], invoke: Callable[..., Invoked], port: int) -> None:
    lab = begin(start, port)
    second = invoke("lab2", "--scale", "smoke", "--port", str(port + 3))
    named = f"invoke {' '.join(RUNNING)} {port} (process {lab.process.pid}, port {port})"
    assert second.status == 2 and named in second.err
    lab.process.send_signal(signal.SIGINT)
    assert lab.process.wait(timeout=20) == 130
    assert gone(lab.mark)


def test_a_signal_in_the_midst_of_starting_a_child_leaves_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The child exists, and nobody has been told its id yet."""
    started: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            started.append(self.pid)
            signal.raise_signal(signal.SIGTERM)

    def unwind(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, unwind)
    try:
        with watched() as watchdog, (tmp_path / "log").open("wb") as output:
            monkeypatch.setattr(subprocess, "Popen", Interrupted)
            with pytest.raises(SystemExit, match="143"), child(watchdog, ["sleep", "60"], output, os.environ):
                raise AssertionError("the signal was lost")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(started) == 1 and not psutil.pid_exists(started[0])
