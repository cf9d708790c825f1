"""Reads what `course_metrics` writes in each process of the service, and the CPU of every one of those processes.

Nothing is asked of the service: a blocked loop is read like any other.
"""

import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from labs.diagnose.readings import CpuTime, Reading

PERIOD_S = 0.2  # a process writes every 0.25 s


class Reader:
    """Between `__enter__` and `__exit__` every process of the service is read; `root` None: only their files."""

    def __init__(self, folder: Path | None, root: int | None) -> None:
        self.readings: list[Reading] = []
        self.cpu: list[CpuTime] = []
        self._folder, self._root = folder, root
        self._known: dict[int, psutil.Process] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="readings", daemon=True)

    def __enter__(self) -> "Reader":
        self._list()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        rounds = 0
        while not self._stop.wait(PERIOD_S):
            rounds += 1
            if rounds % 10 == 0:  # listing every process of the machine costs the most
                self._list()
            self.cpu += _cpu(self._known.values())
            if self._folder:
                last = {one.pid: one.at_s for one in self.readings[-200:]}
                self.readings += [one for one in read(self._folder) if one.at_s > last.get(one.pid, 0.0)]

    def _list(self) -> None:
        if self._root is None:
            return
        try:
            root = self._known.setdefault(self._root, psutil.Process(self._root))
            for process in root.children(recursive=True):
                self._known.setdefault(process.pid, process)
        except psutil.Error:
            return


def read(folder: Path) -> list[Reading]:
    """The last word of every process; a file that isn't whole, or has just gone, says nothing."""
    found = []
    for path in folder.glob("*.json"):
        try:
            told = json.loads(path.read_text())
            found.append(Reading(float(told["at_s"]), int(path.stem), told))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _cpu(processes: Iterable[psutil.Process]) -> list[CpuTime]:
    found = []
    for process in list(processes):
        try:
            used = process.cpu_times()
        except psutil.Error:
            continue
        found.append(CpuTime(time.time(), process.pid, used.user + used.system))
    return found
