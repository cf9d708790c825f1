"""Runs k6 and leaves its files: the summary, the record of every request, the dashboard's record."""

import contextlib
import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labs.engine.declare.service import Load
from labs.engine.errors import UsageError
from labs.engine.harness import k6, machine
from labs.engine.harness.commands import Commands
from labs.engine.harness.processes import Watchdog, child

LEEWAY_S = 60.0  # for k6 to start its users and to write its files
SUMMARY, REQUESTS, DASHBOARD, CONSOLE = "k6-summary.json", "requests.json.gz", "dashboard.ndjson", "k6.txt"
PROGRESS = re.compile(rb"(\d+)/\d+ VUs, (\d+) complete and (\d+) interrupted iterations")


@dataclass(frozen=True)
class Generated:
    """What k6 left in `folder`, and what the harness noted beside it."""

    folder: Path
    exit: int
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
) -> Generated:
    """Run the load to its end.

    `started(pid)` is called once; `tick(elapsed_s, vus, completed, failed)` about once per second.
    Raises UsageError if k6 cannot be started or hangs.
    """
    log = folder / CONSOLE
    begun, cpu_begun, clocks = time.monotonic(), time.process_time(), machine.clocks()
    with (
        log.open("wb") as output,
        log.open("rb") as console,
        child(watchdog, _argv(commands, folder), output, _environment(commands, folder, dashboard), folder) as process,
    ):
        started(process.pid)
        live = _Live(folder / DASHBOARD)
        deadline = begun + LEEWAY_S + 1.5 * longest_s(load)
        vus = completed = 0
        last_tick = begun
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
            now = time.monotonic()
            if now > deadline:
                raise UsageError(f"k6 did not end within {deadline - begun:.0f} s. Log: {log}")
            if now - last_tick >= 1:
                last_tick = now
                if found := PROGRESS.findall(console.read()):
                    vus, completed = int(found[-1][0]), int(found[-1][1])
                tick(now - begun, vus, completed, round(live.failed_share() * completed))
    return Generated(
        folder,
        process.returncode,
        time.monotonic() - begun,
        time.process_time() - cpu_begun,
        machine.clock_jump_s(clocks, machine.clocks()),
    )


def interrupted(console: bytes) -> int:
    """Requests still in flight when k6 gave up: it tells nobody but its console (grafana/k6#877)."""
    found = PROGRESS.findall(console)
    return int(found[-1][2]) if found else 0


def _argv(commands: Commands, folder: Path) -> list[str]:
    declared = [part.replace("=run/", f"={folder}/") for part in commands.generator.argv[1:]]
    return [k6.binary(), *declared, str(commands.script)]


def _environment(commands: Commands, folder: Path, dashboard: bool) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("K6_")}
    env |= commands.generator.settings
    env |= {
        "SUMMARY_JSON": str(folder / SUMMARY),
        "K6_WEB_DASHBOARD_PERIOD": "1s",
        "K6_WEB_DASHBOARD_PORT": "5665" if dashboard else "-1",
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
