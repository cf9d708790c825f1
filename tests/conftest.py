"""What several tests need: the command line as a user calls it, free ports, and a look for orphans."""

import json
import os
import shutil
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

from labs.pages import budgets, preview

ROOT = Path(__file__).resolve().parents[1]
MARK = "COURSE_TEST_MARK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def site_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, site_port: int) -> Path:
    """The folder of the whole site, built strictly once for all tests."""
    folder = tmp_path_factory.mktemp("built") / "site"
    budgets.build(folder, f"http://127.0.0.1:{site_port}{preview.PREFIX}/")
    return folder


@pytest.fixture(scope="session")
def home(site: Path, site_port: int) -> Iterator[str]:
    """The address of its home page, served under a sub-path."""
    with preview.server(site, site_port) as address:
        yield address


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


def copied(target: Path) -> None:
    """What a checkout holds of the runner's parts: no runs, no database, no environment."""
    skip = shutil.ignore_patterns("runs", ".postgres", ".venv", "site", ".git", "__pycache__", ".*cache")
    shutil.copytree(ROOT, target, ignore=skip)


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
        for process in marked(one.mark):  # they hold its pipes, which are read to their end below
            process.kill()
        one.process.communicate()
