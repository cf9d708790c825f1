"""What several tests need: the command line as a user calls it, free ports, and a look for orphans."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]
MARK = "COURSE_TEST_MARK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@dataclass(frozen=True)
class Invoked:
    """One call of the command line, and how to find what it left behind."""

    status: int
    out: str
    err: str
    mark: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def marked(mark: str) -> list[psutil.Process]:
    """Every living process that inherited our mark: the harness's children and theirs."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def gone(mark: str, within_s: float = 8.0) -> bool:
    """Whether nothing of that mark is left, now or shortly."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not marked(mark):
            return True
        time.sleep(0.1)
    return not marked(mark)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "invoke", *arguments]


def environment(mark: str, **extra: str) -> dict[str, str]:
    return os.environ | {MARK: mark, "COLUMNS": "100"} | extra


@pytest.fixture
def invoke() -> Callable[..., Invoked]:
    def call(*arguments: str, **extra: str) -> Invoked:
        mark = uuid.uuid4().hex
        ended = subprocess.run(
            command(*arguments), cwd=ROOT, env=environment(mark, **extra), capture_output=True, text=True, timeout=170
        )
        return Invoked(ended.returncode, ended.stdout, ended.stderr, mark)

    return call


@dataclass
class Started:
    """A lab that is still running."""

    process: subprocess.Popen[str]
    mark: str

    def wait_for(self, text: str, within_s: float = 40.0) -> None:
        """Read stderr until a line contains `text`."""
        assert self.process.stderr is not None
        deadline = time.monotonic() + within_s
        seen = ""
        while time.monotonic() < deadline:
            line = self.process.stderr.readline()
            if not line:
                break
            seen += line
            if text in line:
                return
        raise AssertionError(f"{text!r} never came: {seen}")

    def child(self, word: str) -> psutil.Process:
        """The child whose command line contains `word`; waits for it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for process in marked(self.mark):
                try:
                    if any(word in part for part in process.cmdline()):
                        return process
                except psutil.NoSuchProcess:
                    continue
            time.sleep(0.05)
        raise AssertionError(f"no process with {word!r} in its command line")


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    running: list[Started] = []

    def begin(*arguments: str, **extra: str) -> Started:
        mark = uuid.uuid4().hex
        process = subprocess.Popen(
            command(*arguments),
            cwd=ROOT,
            env=environment(mark, PYTHONUNBUFFERED="1", **extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(Started(process, mark))
        return running[-1]

    yield begin
    for one in running:
        one.process.kill()
        one.process.communicate()
        for process in marked(one.mark):
            process.kill()
