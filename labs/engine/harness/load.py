"""Runs k6 and leaves its files: the summary, the record of every request, the dashboard's record."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from labs.engine.declare.service import Load
from labs.engine.errors import UsageError
from labs.engine.harness import k6, machine, segments
from labs.engine.harness.commands import Commands
from labs.engine.harness.processes import Watchdog, child

LEEWAY_S = 60.0  # for k6 to start its users and to write its files
DASHBOARD_PORT = 5665
DASHBOARD_URL = f"http://localhost:{DASHBOARD_PORT}"  # k6's own default for the host
SUMMARY, REQUESTS, DASHBOARD, CONSOLE = "k6-summary.json", "requests.json.gz", "dashboard.ndjson", "k6.txt"
PROGRESS = re.compile(rb"(\d+)/\d+ VUs, (\d+) complete and (\d+) interrupted iterations")


@dataclass(frozen=True)
class Generated:
    """What k6 left in each of `folders`, one for each process, and what the harness noted beside it."""

    folders: tuple[Path, ...]
    exit: int  # the first status that isn't 0, if there is one
    elapsed_s: float
    harness_cpu_s: float  # what this process used meanwhile, sampling included
    clock_jump_s: float


def longest_s(load: Load) -> float:
    """No run takes longer: the stages, then the graceful stop."""
    return load.ramp_s + load.steady_s + load.graceful_stop_s


def generate(
    watchdog: Watchdog,
    commands: Commands,
    load: Load,
    folder: Path,
    dashboard: bool,
    started: Callable[[int], None],
    tick: Callable[[float, int, int, int], None],
    generators: int = 1,
    meanwhile: Callable[[float], None] = lambda elapsed_s: None,
) -> Generated:
    """Run the load to its end, from so many k6 processes.

    `started(pid)` is called once for each; `tick(elapsed_s, vus, completed, failed)` about once per second, and
    `meanwhile(elapsed_s)` about ten times.
    Several processes leave their files in a folder each, `folder/generator-1` and so on, and `folder` has the
    records of all, one after the other.
    Raises UsageError if k6 cannot be started or hangs.
    """
    begun, cpu_begun, clocks = time.monotonic(), time.process_time(), machine.clocks()
    with ExitStack() as stack:
        running = [
            stack.enter_context(_started(watchdog, commands, place, segment, dashboard))
            for place, segment in _places(folder, generators)
        ]
        for one in running:
            started(one.process.pid)
        deadline = begun + LEEWAY_S + 1.5 * longest_s(load)
        last_tick = begun
        while unfinished := [one for one in running if one.process.poll() is None]:
            with contextlib.suppress(subprocess.TimeoutExpired):
                unfinished[0].process.wait(timeout=0.1)
            now = time.monotonic()
            meanwhile(now - begun)
            if now > deadline:
                raise UsageError(f"k6 did not end within {deadline - begun:.0f} s. Log: {unfinished[0].log}")
            if now - last_tick >= 1:
                last_tick = now
                vus, completed, failed = (
                    sum(counts) for counts in zip(*(one.counts() for one in running), strict=True)
                )
                tick(now - begun, vus, completed, failed)
    folders = tuple(one.folder for one in running)
    if generators > 1:
        _put_together([place / REQUESTS for place in folders], folder / REQUESTS)
    return Generated(
        folders,
        next((status for one in running if (status := one.process.returncode)), 0),
        time.monotonic() - begun,
        time.process_time() - cpu_begun,
        machine.clock_jump_s(clocks, machine.clocks()),
    )


def _places(folder: Path, generators: int) -> list[tuple[Path, tuple[str, ...]]]:
    """Where each process leaves its files, and the arguments that give it its share of the load."""
    shares = segments.arguments(generators)
    if generators == 1:
        return [(folder, shares[0])]
    places = [folder / f"generator-{number}" for number in range(1, generators + 1)]
    for place in places:
        place.mkdir()
    return list(zip(places, shares, strict=True))


def _put_together(parts: Sequence[Path], whole: Path) -> None:
    """Gzipped files one after the other are one gzipped file (RFC 1952, section 2.2)."""
    with whole.open("wb") as target:
        for part in parts:
            if part.exists():  # else k6 failed at its start, and its missing summary says so
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target)


@contextmanager
def _started(
    watchdog: Watchdog, commands: Commands, folder: Path, segment: tuple[str, ...], dashboard: bool
) -> Iterator["_Running"]:
    log = folder / CONSOLE
    argv, env = _argv(commands, folder, segment), _environment(commands, folder, dashboard)
    with log.open("wb") as output, log.open("rb") as console, child(watchdog, argv, output, env, folder) as process:
        yield _Running(folder, process, log, console, _Live(folder / DASHBOARD))


@dataclass
class _Running:
    """One k6 process, and what it has said so far."""

    folder: Path
    process: subprocess.Popen[bytes]
    log: Path
    console: IO[bytes]
    live: "_Live"
    vus: int = 0
    completed: int = 0

    def counts(self) -> tuple[int, int, int]:
        """Its users, and of its requests so far how many are completed and how many of those failed."""
        if found := PROGRESS.findall(self.console.read()):
            self.vus, self.completed = int(found[-1][0]), int(found[-1][1])
        return self.vus, self.completed, round(self.live.failed_share() * self.completed)


def interrupted(console: bytes) -> int:
    """Requests still in flight when k6 gave up: it tells nobody but its console (grafana/k6#877)."""
    found = PROGRESS.findall(console)
    return int(found[-1][2]) if found else 0


def _argv(commands: Commands, folder: Path, segment: tuple[str, ...]) -> list[str]:
    declared = [part.replace("=run/", f"={folder}/") for part in commands.generator.argv[1:]]
    return [k6.binary(), *declared, *segment, str(commands.script)]


def _environment(commands: Commands, folder: Path, dashboard: bool) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("K6_")}
    env |= commands.generator.settings
    env |= {
        "SUMMARY_JSON": str(folder / SUMMARY),
        "K6_WEB_DASHBOARD_PERIOD": "1s",
        "K6_WEB_DASHBOARD_PORT": str(DASHBOARD_PORT) if dashboard else "-1",
    }
    return env | ({"K6_WEB_DASHBOARD_EXPORT": str(folder / "dashboard.html")} if dashboard else {})


class _Live:
    """The failed share so far, from the record that k6's dashboard writes while the load runs."""

    def __init__(self, path: Path) -> None:
        self.path, self.at, self.names, self.share = path, 0, list[str](), 0.0

    def failed_share(self) -> float:
        if not self.path.exists():
            return 0.0
        with self.path.open("rb") as record:
            record.seek(self.at)
            text = record.read()
        complete = text.rfind(b"\n") + 1
        self.at += complete
        for line in text[:complete].splitlines():
            event = json.loads(line)
            if event["event"] == "metric":
                self.names = sorted([*self.names, *event["data"]])
            elif event["event"] == "cumulative" and "http_req_failed" in self.names:
                self.share = float(event["data"][self.names.index("http_req_failed")][0])
        return self.share
