"""Child processes that cannot outlive the harness: own session, bounded stop, watchdog."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from pwd import struct_passwd
from typing import IO

import psutil

from labs.engine.harness import signals
from labs.engine.harness import watchdog as watchdog_program

STOP_GRACE_S = 2.0
KILLED_WITHIN_S = 10.0


class Watchdog:
    """The pipe to `watchdog.py`, which ends every group we registered once this process is gone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", watchdog_program.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def tell(self, command: str, argument: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command} {argument}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def watched() -> Iterator[Watchdog]:
    """A watchdog for the time of the block; what is still registered at its end is ended."""
    watchdog = Watchdog()
    try:
        yield watchdog
    finally:
        watchdog.close()


@contextmanager
def child(
    watchdog: Watchdog,
    argv: Sequence[str],
    output: IO[bytes],
    env: Mapping[str, str],
    cwd: Path | None = None,
    owner: struct_passwd | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `argv` in a session of its own, both outputs to `output`; at the end stop its whole group.

    `owner` runs it as another user than ours. The group gets `stop_signal`, two seconds later SIGKILL.
    Raises OSError if it cannot start.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        with signals.deferred():
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
            watchdog.tell("group", process.pid)
        yield process
    finally:
        if process is not None:
            try:
                stop_group(process, stop_signal, STOP_GRACE_S)
            except BaseException:  # a signal to us while we wait: no more patience
                _signal_group(process.pid, signal.SIGKILL)
                raise
            watchdog.tell("ended", process.pid)


def stop_group(process: subprocess.Popen[bytes], how: signal.Signals, grace_s: float) -> None:
    """Signal the group, then SIGKILL what is left of it, and wait until every member has ended.

    Waiting for the leader alone is not enough: a worker that outlives it still holds the port.
    """
    members = _tree(process.pid)
    if process.poll() is None:
        _signal_group(process.pid, how)
        deadline = time.monotonic() + grace_s
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + KILLED_WITHIN_S
    while any(map(_running, members)) and time.monotonic() < deadline:
        time.sleep(0.02)


def killed(status: int) -> str:
    """Which signal ended a process, from its exit status, and what that tells; empty where none did."""
    if status >= 0:
        return ""
    if -status == signal.SIGKILL:
        return (
            "was killed (SIGKILL): if nobody did that, the system ran out of memory (dmesg says so), and fewer users "
            "or workers need less"
        )
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return f"was ended by {name}: find out who sent it, or why it crashed"


def lives(pid: int) -> bool:
    """Whether it runs: a zombie, whose parent hasn't looked yet, does not."""
    try:
        return _running(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def _tree(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _running(process: psutil.Process) -> bool:
    """False for a zombie too: it holds nothing any more."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal_group(group: int, how: signal.Signals) -> None:
    # nothing may be left of it; macOS says EPERM of a group of zombies
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, how)


@contextmanager
def short_folder(watchdog: Watchdog, prefix: str) -> Iterator[Path]:
    """A temporary folder with a short path (sockets allow 107 bytes), removed even after SIGKILL."""
    base = "/tmp" if os.path.isdir("/tmp") else None
    with tempfile.TemporaryDirectory(prefix=prefix, dir=base, ignore_cleanup_errors=True) as name:
        watchdog.tell("folder", name)
        yield Path(name)
