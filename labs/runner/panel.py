"""Reads the gauges that each worker keeps in shared files, once a second, from a thread.

Nothing is asked of the worker, so a blocked event loop is read like any other.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

from labs.runner.model import Panel

PERIOD_S = 1.0
PREFIX = "panel_"  # what the app's gauges are called, so that no other metric is taken for one


@dataclass(frozen=True)
class Reading:
    """Every gauge of one worker at one moment."""

    at_s: float  # since the epoch
    worker: int
    gauges: dict[str, float]


class PanelReader:
    """Between `__enter__` and `__exit__` the gauges of every worker are read; of a service without any, none."""

    def __init__(self, folder: Path, workers: Callable[[], Sequence[int]]) -> None:
        self.readings: list[Reading] = []
        self._folder, self._workers = folder, workers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="panel", daemon=True)

    def __enter__(self) -> "PanelReader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.wait(PERIOD_S):
            at_s = time.time()
            found = ((pid, gauges(self._folder / f"gauge_liveall_{pid}.db")) for pid in self._workers())
            self.readings += [Reading(at_s, pid, told) for pid, told in found if told]


def gauges(path: Path) -> dict[str, float]:
    """The gauges in one worker's file by their names, without the prefix; empty if there is no such file."""
    if not path.exists():
        return {}
    entries = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
    named = ((json.loads(key)[0], value) for key, value, *_ in entries)
    return {name.removeprefix(PREFIX): value for name, value in named if name.startswith(PREFIX)}


def inside(readings: Sequence[Reading], window: tuple[float, float]) -> Panel | None:
    """The readings of a window, a row a second; None if there is none."""
    rows: dict[float, list[dict[str, float]]] = {}
    for reading in readings:
        if window[0] <= reading.at_s < window[1]:
            rows.setdefault(reading.at_s, []).append(reading.gauges)
    if not rows:
        return None
    names = next(iter(rows.values()))[0]
    return Panel({name: tuple(tuple(told[name] for told in row) for row in rows.values()) for name in names})
