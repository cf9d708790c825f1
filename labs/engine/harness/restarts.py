"""Carries out a planned restart while the load runs, and notes when the old server had ended and the new was ready."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from labs.engine.declare.service import Restart
from labs.engine.harness.commands import HOST
from labs.engine.harness.processes import lives
from labs.engine.harness.server import Server

SIGNALS = {"TERM": signal.SIGTERM, "HUP": signal.SIGHUP}


@dataclass
class Restarting:
    """One restart of a running server. `poll` is called about ten times per second, and takes the step that's due.

    Times are seconds since the epoch, None until it has come so far. `started(pid)` is called for a new server.
    """

    planned: Restart
    server: Server
    port: int
    started: Callable[[int], None]
    signal_s: float | None = None
    stopped_s: float | None = None
    ready_s: float | None = None
    _process: subprocess.Popen[bytes] = field(init=False)
    _old: list[int] = field(init=False, default_factory=list)  # whose end is the end of the old server

    def __post_init__(self) -> None:
        self._process = self.server.process

    def poll(self, elapsed_s: float) -> None:
        if self.signal_s is None:
            if elapsed_s >= self.planned.at_s:
                self._signal()
            return
        if self.stopped_s is None and self._old_has_ended():
            self.stopped_s = time.time()
            if self.planned.signal == "TERM":
                self._process = self.server.again()
                self.started(self._process.pid)
        if self.ready_s is None and self._new_is_ready():
            self.ready_s = time.time()

    def replaced_workers(self) -> int:
        """How many workers are gone or were replaced that the restart didn't end."""
        started, wanted = self.server.started_workers(), self.server.wanted
        if self.signal_s is None:
            return self.server.replaced_workers()
        if self.ready_s is None:
            return 0  # nobody can tell yet which are to live
        alive = sum(map(lives, started[wanted : 2 * wanted]))
        return max(len(started) - 2 * wanted, wanted - alive)

    def _signal(self) -> None:
        """To the first process alone, as an init system or a container's runtime would."""
        workers = self.server.started_workers()
        self._old = workers if self.planned.signal == "HUP" else [*workers, self._process.pid]
        self.signal_s = time.time()
        os.kill(self._process.pid, SIGNALS[self.planned.signal])

    def _old_has_ended(self) -> bool:
        self._process.poll()  # reaps it: a zombie would still have its number
        return not any(map(lives, self._old))

    def _new_is_ready(self) -> bool:
        """Every new worker has said so; a single one says it a moment before it listens."""
        if self.stopped_s is None and self.planned.signal == "TERM":
            return False
        if self.server.ready_workers() < 2 * self.server.wanted:
            return False
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0
