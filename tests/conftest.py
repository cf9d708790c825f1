"""What several tests need: a home of their own, the command line as a user calls it, free ports, a look for orphans."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
import pytest
from xdist.scheduler import LoadScopeScheduling

from labs.engine.harness import postgres, provenance
from labs.engine.harness.commands import HOST
from labs.engine.harness.ports import is_free
from labs.engine.harness.processes import Watchdog, watched
from labs.pages.site import budgets, preview

ROOT = Path(__file__).resolve().parents[1]
MARK = "COURSE_TEST_MARK"
PASSED = ROOT / ".cache" / "selftest.json"

# --- a home that isn't the reader's ---------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--resume", action="store_true", help="skip what has passed already at this very commit")
    parser.addoption("--screenshots", action="store_true", help="keep pictures of every page in .cache/screenshots")


def pytest_configure(config: pytest.Config) -> None:
    """Runs, locks and databases of tests live in a folder of their own, one per process that runs tests."""
    home = tempfile.mkdtemp(prefix="course-tests-")
    os.chmod(home, 0o711)  # as root PostgreSQL runs as another user, who must reach its data
    os.environ["COURSE_HOME"] = home


class TwoBrowsers(LoadScopeScheduling):
    """The tests with a browser go to two processes, the others wherever there's room.

    Judging a page keeps a core busy, and each process opens a browser of its own and loads the pages that it judges: so
    all that judge every page are in one of the two. (xdist's own groups need a mark in the test's id, which pytest 9.2
    doesn't keep.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if not nodeid.startswith("tests/browser/"):
            return nodeid
        return "every page" if nodeid.startswith("tests/browser/test_every_page.py") else "browser"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TwoBrowsers:
    return TwoBrowsers(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(os.environ["COURSE_HOME"], ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--resume"):
        done = _passed()
        for item in items:
            if item.nodeid in done:
                item.add_marker(pytest.mark.skip(reason="passed before at this commit"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A long part goes on where it was stopped: what passed is noted as it passes."""
    long = {"sabotage", "pairs", "overrides", "zoo", "foreign", "exercises", "stages", "install"} & set(report.keywords)
    if long and report.when == "call" and report.passed and (commit := _commit()):
        PASSED.parent.mkdir(exist_ok=True)
        PASSED.write_text(json.dumps({commit: sorted({*_passed(), report.nodeid})}))


def _commit() -> str | None:
    """None where the code isn't what is committed: then nothing can be resumed."""
    commit, dirty = provenance.git_state()
    return None if dirty else commit


def _passed() -> set[str]:
    try:
        return set(json.loads(PASSED.read_text()).get(_commit() or "", []))
    except (OSError, ValueError):
        return set()


# --- ports ----------------------------------------------------------------------------------

BLOCK = 1_000
FIRST, LAST = 20_000, 32_000  # below the ports that clients are given


def block() -> tuple[socket.socket, range]:
    """Ports for whoever holds the socket, and for nobody else who runs tests on this machine.

    It listens on the block's first port, so the next one to ask gets another block.
    """
    for first in range(FIRST, LAST, BLOCK):
        try:
            return socket.create_server((HOST, first)), range(first + 5, first + BLOCK, 5)
        except OSError:
            continue
    raise RuntimeError(f"no block of ports is free between {FIRST} and {LAST}: end other test runs")


@cache
def _ours() -> tuple[socket.socket, Iterator[int]]:
    """This process's block, as long as it lives."""
    held, ports = block()
    return held, cycle(ports)


def free_port() -> int:
    """A sidecar takes the next one."""
    return next(port for port in _ours()[1] if is_free(port) and is_free(port + 1))


@pytest.fixture
def port() -> int:
    return free_port()


# --- the site ---------------------------------------------------------------------------------


BUILT_FOR = f"http://{HOST}{preview.PREFIX}/"


@pytest.fixture(scope="session")
def site_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str, site_port: int) -> Path:
    """The folder of the whole site, for this process's address: a copy of one that is built strictly, once."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    built = shared / "built"
    with (shared / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whichever process needs it first builds it, and the others wait
        if not built.exists():
            budgets.build(shared / "building", BUILT_FOR)
            (shared / "building").rename(built)
    folder = tmp_path_factory.mktemp("served") / "site"
    shutil.copytree(built, folder)
    for file in (path for path in folder.rglob("*") if path.suffix in (".html", ".xml", ".txt")):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(BUILT_FOR, f"http://{HOST}:{site_port}{preview.PREFIX}/"), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def home(site: Path, site_port: int) -> Iterator[str]:
    """The address of its home page, served under a sub-path."""
    with preview.server(site, site_port) as address:
        yield address


# --- what a process of ours starts by itself ----------------------------------------------------


@pytest.fixture(scope="module")
def watchdog() -> Iterator[Watchdog]:
    with watched() as one:
        yield one


@pytest.fixture(scope="module")
def database(watchdog: Watchdog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Database]:
    with postgres.running(watchdog, tmp_path_factory.mktemp("postgres") / "postgres.log", 40) as one:
        yield one


# --- the command line -------------------------------------------------------------------------


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


def command(*arguments: str, module: str = "invoke") -> list[str]:
    return [sys.executable, "-m", module, *arguments]


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
    """What a checkout holds of the course's parts: no runs, no database, no environment."""
    skip = shutil.ignore_patterns("runs", ".postgres", ".venv", "site", ".git", "__pycache__", ".*cache")
    shutil.copytree(ROOT, target, ignore=skip)


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    running: list[Started] = []

    def begin(*arguments: str, module: str = "invoke", **extra: str) -> Started:
        mark = uuid.uuid4().hex
        process = subprocess.Popen(
            command(*arguments, module=module),
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
