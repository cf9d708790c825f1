"""Reads what each worker keeps in shared files: its gauges, once per second from a thread, and its count.

Nothing is asked of the worker, so a blocked event loop is read like any other.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict

PERIOD_S = 1.0
PREFIX = "panel_"  # what the app's gauges are called, so that no other metric is taken for one
GAUGES = {  # by the kind of resource; kinds of one name are added up
    "thread tokens": "tokens",
    "connection pool": "pool",
    "http client pool": "pool",
    "requests": "requests",
}
COUNTER = "http_responses_total"


@dataclass(frozen=True)
class Reading:
    """Every gauge of one worker at one moment."""

    at_s: float  # since the epoch
    worker: int
    gauges: dict[str, float]


class GaugeReader:
    """Between `__enter__` and `__exit__` the gauges of every worker are read; of a service without any, none."""

    def __init__(self, folder: Path, workers: Callable[[], Sequence[int]]) -> None:
        self.readings: list[Reading] = []
        self._folder, self._workers = folder, workers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="gauges", daemon=True)

    def __enter__(self) -> "GaugeReader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.wait(PERIOD_S):
            at_s = time.time()
            found = ((pid, gauges(self._folder, pid)) for pid in self._workers())
            self.readings += [Reading(at_s, pid, values) for pid, values in found if values]


def gauges(folder: Path, worker: int) -> dict[str, float]:
    """The gauges of one worker by their names, whoever wrote them; empty if it has none."""
    written = folder / f"{worker}.json"
    return _from_inside(json.loads(written.read_text())) if written.exists() else _exported(folder, worker)


def _from_inside(seen: dict[str, Any]) -> dict[str, float]:
    """What `inside/course_metrics` wrote, as gauges: resources of one name summed; what isn't known is absent."""
    found: dict[str, float | None] = {
        "loop_lag_seconds": seen["loop_lag_s"],
        "rss_bytes": seen["rss_bytes"],
        "fds": seen["fds"],
        "metrics_cpu_seconds": seen["cost_s"],
    }
    for name in dict.fromkeys(GAUGES.values()):
        of_kind = [one for one in seen["resources"] if GAUGES.get(one["kind"]) == name]
        for what in ("size", "in_use", "waiting"):
            values = [one[what] for one in of_kind]
            found[f"{name}_{what}"] = None if None in values else float(sum(values))
    found["in_flight"] = found.pop("requests_in_use")
    return {name: float(value) for name, value in found.items() if value is not None}


def _exported(folder: Path, worker: int) -> dict[str, float]:
    values = _values(folder / f"gauge_liveall_{worker}.db")
    return {name.removeprefix(PREFIX): value for name, value in values if name.startswith(PREFIX)}


def responses(folder: Path, worker: int) -> int:
    """How many responses one worker has sent, by its own count."""
    return int(sum(value for name, value in _values(folder / f"counter_{worker}.db") if name == COUNTER))


def _values(path: Path) -> list[tuple[str, float]]:
    """Every metric of one of prometheus-client's files, its sample's name and value; empty without a file."""
    if not path.exists():
        return []
    entries = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
    return [(json.loads(key)[1], value) for key, value, *_ in entries]
