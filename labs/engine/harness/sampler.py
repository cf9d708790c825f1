"""Samples CPU, memory, threads and descriptors of process trees, once per second, from a thread."""

import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

PERIOD_S = 1.0
RELIST_S = 5.0  # listing every process of the machine is the most costly part of a sample


@dataclass(frozen=True)
class Sample:
    """One tree at one moment. `cpu_s` is cumulative; in a changing tree the processes that have ended count too."""

    at_s: float  # since the epoch
    cpu_s: float
    rss_bytes: int
    threads: int
    fds: int


@dataclass
class Series:
    """The samples of each tree, oldest first, and of the whole machine's busy CPU seconds."""

    trees: dict[str, list[Sample]] = field(default_factory=dict)
    machine: list[tuple[float, float]] = field(default_factory=list)  # (at_s, busy CPU seconds)


def generator_trees(generators: int) -> list[str]:
    """What the trees of the load's k6 processes are called."""
    return ["generator"] if generators == 1 else [f"generator-{number}" for number in range(1, generators + 1)]


class Sampler:
    """`watch(name, pids)` adds a tree; between `__enter__` and `__exit__` every tree is sampled.

    The members are listed when the tree is added: a server's workers are fixed once it is ready,
    and listing every process of the machine every second would cost more than the samples.
    `changing` trees are listed anew every few seconds (PostgreSQL starts a process per connection).
    `also(name, root)` adds the tree of another root to one that's watched: of a server that was started again.
    """

    def __init__(self) -> None:
        self.series = Series()
        self._trees: dict[str, _Tree] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sampler", daemon=True)

    def watch(self, name: str, root: int, changing: bool = False) -> None:
        self.series.trees[name] = []
        self._trees[name] = _Tree(root, changing)

    def also(self, name: str, root: int) -> None:
        """Raises KeyError if no tree of that name is watched."""
        self._trees[name].root = psutil.Process(root)

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        begun = time.monotonic()
        ticks = 0
        while not self._stop.is_set():
            self._sample()
            ticks += 1
            self._stop.wait(max(0.0, begun + ticks * PERIOD_S - time.monotonic()))
        self._sample()

    def _sample(self) -> None:
        self.series.machine.append((time.time(), busy_s(psutil.cpu_times())))
        for name, tree in list(self._trees.items()):
            if sample := tree.sample():
                self.series.trees[name].append(sample)


class _Tree:
    """A root and its members, and what those of a changing tree had used that have ended since."""

    def __init__(self, root: int, changing: bool) -> None:
        self.root = psutil.Process(root)
        self._changing = changing
        self._members = self._listed()
        self._listed_s = time.monotonic()
        self._used_s: dict[int, float] = {}  # by process

    def sample(self) -> Sample | None:
        if self._changing and (time.monotonic() - self._listed_s >= RELIST_S or self._members[0] != self.root):
            self._listed_s = time.monotonic()
            with suppress(psutil.NoSuchProcess):
                known = {member.pid: member for member in self._members}
                self._members = [known.get(one.pid, one) for one in self._listed()]
        return _sum(self._members, self._used_s if self._changing else {})

    def _listed(self) -> list[psutil.Process]:
        return [self.root, *self.root.children(recursive=True)]


def busy_s(times: Any) -> float:
    """CPU seconds that programs used, ours and others', on this machine and, as steal, on its host.

    Interrupts belong to no process; under load they are mostly the load's own packets on the loopback.
    """
    idle = ("idle", "iowait", "irq", "softirq")
    return float(sum(times) - sum(getattr(times, name, 0.0) for name in idle))


def open_files(pid: int) -> int:
    """Descriptors of a process, 0 if it has ended. Linux 6.2 and newer tell the count as the folder's size."""
    with suppress(OSError):
        if counted := os.stat(f"/proc/{pid}/fd").st_size:
            return counted
    with suppress(psutil.NoSuchProcess):
        return int(psutil.Process(pid).num_fds())
    return 0


def _sum(members: Iterable[psutil.Process], used_s: dict[int, float]) -> Sample | None:
    """None once the root has ended: the sum of what is left would look like a fall of its CPU.

    `used_s` has what each process was last seen to have used, and is brought up to date.
    """
    at_s, rss, threads, fds = time.time(), 0, 0, 0
    for place, process in enumerate(members):
        try:
            with process.oneshot():
                used = process.cpu_times()
                used_s[process.pid] = used.user + used.system
                rss += process.memory_info().rss
                threads += process.num_threads()
                fds += open_files(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            if place == 0:
                return None
    cpu_s = sum(used_s.values())
    return Sample(at_s, cpu_s, rss, threads, fds) if cpu_s else None
