"""Samples CPU, memory, threads and descriptors of process trees, once per second, from a thread."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

PERIOD_S = 1.0
RELIST_S = 5.0  # listing every process of the machine is the most costly part of a sample


@dataclass(frozen=True)
class Sample:
    """One tree at one moment. `cpu_s` is cumulative, of the processes then alive."""

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
    """

    def __init__(self) -> None:
        self.series = Series()
        self._trees: dict[str, Callable[[], Iterable[psutil.Process]]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sampler", daemon=True)

    def watch(self, name: str, root: int, changing: bool = False) -> None:
        process = psutil.Process(root)
        members = [process, *process.children(recursive=True)]
        known = {member.pid: member for member in members}

        listed_s = time.monotonic()

        def relisted() -> Iterable[psutil.Process]:
            nonlocal members, listed_s
            if time.monotonic() - listed_s >= RELIST_S:
                listed_s = time.monotonic()
                with suppress(psutil.NoSuchProcess):
                    members = [known.setdefault(p.pid, p) for p in (process, *process.children(recursive=True))]
            return members

        self.series.trees[name] = []
        self._trees[name] = relisted if changing else lambda: members

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
        for name, members in list(self._trees.items()):
            if sample := _sum(members()):
                self.series.trees[name].append(sample)


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


def _sum(members: Iterable[psutil.Process]) -> Sample | None:
    """None once the root has ended: the sum of what is left would look like a fall of its CPU."""
    at_s, cpu_s, rss, threads, fds = time.time(), 0.0, 0, 0, 0
    for place, process in enumerate(members):
        try:
            with process.oneshot():
                used = process.cpu_times()
                cpu_s += used.user + used.system
                rss += process.memory_info().rss
                threads += process.num_threads()
                fds += open_files(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            if place == 0:
                return None
    return Sample(at_s, cpu_s, rss, threads, fds) if cpu_s else None
