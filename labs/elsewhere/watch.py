"""Watches a service from beside it, once per second: its processes, and what its workers report of themselves.

A container's program in the service's pod, whose processes it sees (`shareProcessNamespace`):

    python -m labs.elsewhere.watch --port 8000 --workers 2 --metrics /metrics --to /results/lab2-01.service.ndjson

With `--reports` it begins once every worker reports of itself: the service is ready then. The first line says
what machine this is, each further one what a second saw. It ends with the pod.
"""

import argparse
import itertools
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from labs.engine.harness import machine
from labs.engine.harness.gauges import GaugeReader, Reading, gauges
from labs.engine.harness.sampler import PERIOD_S, Sample, Sampler

SERVER = "uvicorn"
STARTS_WITHIN_S = 300.0


@dataclass(frozen=True)
class Where:
    """The machine that the service runs on."""

    cpu: str
    memory_bytes: int
    system: str


@dataclass(frozen=True)
class Second:
    """What was seen since the second before."""

    samples: tuple[Sample, ...]
    readings: tuple[Reading, ...]
    workers: tuple[int, ...]  # process ids
    listen_overflows: int | None
    clocks: tuple[float, float, float]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--metrics", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--reports", action="store_true")
    asked = parser.parse_args()
    asked.to.unlink(missing_ok=True)  # of an earlier run
    root = _service(asked.port, asked.workers)
    if asked.reports:
        _wait_until_all_report(root, asked.metrics)
    watch(root, asked.metrics, asked.to)


def watch(root: psutil.Process, metrics: Path, to: Path) -> None:
    """Write what is seen of a service's process tree until it has ended."""
    sampler = Sampler()
    sampler.watch("server", root.pid, changing=True)
    with to.open("w", encoding="utf-8") as file, sampler, GaugeReader(metrics, lambda: workers(root)) as reader:
        _write(file, asdict(_machine()))
        sampled = read = 0
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            time.sleep(PERIOD_S)
            samples, readings = sampler.series.trees["server"], reader.readings
            later, later_read = samples[sampled:], readings[read:]
            sampled, read = sampled + len(later), read + len(later_read)
            seen = Second(
                tuple(later), tuple(later_read), tuple(workers(root)), machine.listen_overflows(), machine.clocks()
            )
            _write(file, asdict(seen))


def workers(root: psutil.Process) -> list[int]:
    """The process ids of the service's workers now: uvicorn itself where it has one, else what it spawned."""
    try:
        spawned = [child.pid for child in root.children() if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []
    return spawned or [root.pid]


def _service(port: int, wanted: int) -> psutil.Process:
    """The first process of the uvicorn that listens on a port, once it has its workers."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cmdline"]):
            argv = process.info["cmdline"] or []
            listens = argv[1:3] == ["-m", SERVER] and ("--port", str(port)) in itertools.pairwise(argv)
            if listens and len(workers(process)) == wanted:
                return process
        time.sleep(0.2)
    raise SystemExit(f"no {SERVER} with {wanted} workers on port {port} in {STARTS_WITHIN_S:.0f} s")


def _wait_until_all_report(root: psutil.Process, metrics: Path) -> None:
    """A worker tells its loop's lag as soon as its loop runs."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not all("loop_lag_seconds" in gauges(metrics, pid) for pid in workers(root)):
        if time.monotonic() > deadline:
            raise SystemExit(f"not every worker reported in {STARTS_WITHIN_S:.0f} s")
        time.sleep(0.2)


def _machine() -> Where:
    return Where(machine.cpu_model(), machine.total_memory_bytes(), machine.system())


def _write(file: IO[str], line: object) -> None:
    print(json.dumps(line), file=file, flush=True)


if __name__ == "__main__":
    main()
