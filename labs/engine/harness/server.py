"""Starts and stops uvicorn and the sidecar, and waits until every worker is ready."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness import gauges, ports
from labs.engine.harness.commands import HOST, Command
from labs.engine.harness.processes import Watchdog, child, lives, short_folder
from labs.engine.paths import ROOT, shown

INSIDE = ROOT / "labs" / "engine" / "inside"
STARTED = re.compile(rb"Started server process \[(\d+)\]")
CHILD_DIED = re.compile(rb"Child process \[\d+\] died")
READY = b"Application startup complete"
SIDECAR_READY = b"sidecar ready"
READY_WITHIN_S, READY_PER_WORKER_S = 60.0, 3.0  # many workers share few cores while they start


@dataclass(frozen=True)
class Server:
    """A running uvicorn. `boot_s` is the time until its last worker was ready; `database_url` is what it was told.

    `again` starts the same command once more and doesn't wait until it's ready: for a restart, when the first
    has ended. It too is stopped with the server.
    """

    process: subprocess.Popen[bytes]
    log: Path
    shared: Path  # the folder of the workers' gauges and counts
    wanted: int
    boot_s: float
    again: Callable[[], subprocess.Popen[bytes]]
    database_url: str | None = None

    def started_workers(self) -> list[int]:
        """Every worker that ever started, replacements included."""
        return _started(self.log.read_bytes())

    def replaced_workers(self) -> int:
        """How many of the first workers are gone or were replaced; all of them if their parent died."""
        if self.process.poll() is not None:
            return self.wanted
        started = self.started_workers()
        # a killed worker is a zombie until uvicorn's parent looks, which can wait for its last pong for a minute
        alive = sum(map(lives, started[: self.wanted]))
        return max(len(started) - self.wanted, self.wanted - alive)

    def living_workers(self) -> list[int]:
        """The workers that have not ended, in the order in which they started."""
        return [pid for pid in self.started_workers() if lives(pid)]

    def ready_workers(self) -> int:
        """How many workers have ever become ready."""
        return self.log.read_bytes().count(READY)

    def responses_per_worker(self) -> tuple[int, ...]:
        return tuple(gauges.responses(self.shared, pid) for pid in self.started_workers())

    def last_error(self) -> str:
        """The last line of its log that names an exception, else the last line."""
        return _last_error(self.log.read_bytes())


@contextmanager
def running(
    watchdog: Watchdog, variant: Variant, command: Command, port: int, database_url: str | None, log: Path
) -> Iterator[Server]:
    """uvicorn with every one of the variant's workers ready; stopped at the end of the block.

    Raises UsageError, with the log's last lines, if it dies or is not ready in time.
    """
    ports.check(port)
    with short_folder(watchdog, "metrics-") as shared, log.open("wb") as output:
        env = _environment(command, database_url) | {"PROMETHEUS_MULTIPROC_DIR": str(shared)}
        if variant.server_metrics == "inside":
            env |= {"COURSE_METRICS": str(shared), "PYTHONPATH": inside_path(env.get("PYTHONPATH"))}
        begun = time.monotonic()
        try:
            with ExitStack() as stack:

                def start() -> subprocess.Popen[bytes]:
                    return stack.enter_context(child(watchdog, command.argv, output, env, ROOT))

                process = start()
                if variant.waits_until_ready:
                    _wait_until_ready(process, log, variant.workers)
                wait_until_listening(process, log, port)
                boot_s = time.monotonic() - begun
                yield Server(process, log, shared, variant.workers, boot_s, start, database_url)
        finally:
            ports.wait_until_free(port)


@contextmanager
def sidecar(
    watchdog: Watchdog, command: Command, database_url: str | None, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The variant's second program, once it has printed that it is ready. It finds the server's own environment.

    Raises UsageError, with the log's last lines, if it ends or is not ready in time.
    """
    module = command.argv[-1]
    with (
        log.open("wb") as output,
        child(watchdog, command.argv, output, _environment(command, database_url), ROOT) as process,
    ):
        deadline = time.monotonic() + 60
        while SIDECAR_READY not in (text := log.read_bytes()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise UsageError(f"{module} did not start. {_last_error(text)} Log: {shown(log)}")
            time.sleep(0.05)
        yield process


def inside_path(others: str | None) -> str:
    """PYTHONPATH with the folder whose sitecustomize reads server metrics first."""
    return os.pathsep.join([str(INSIDE), *([others] if others else [])])


def _environment(command: Command, database_url: str | None) -> dict[str, str]:
    """Ours, without what would change uvicorn or the app behind the variant's back, and the variant's own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("K6_", "POOL", "UVICORN_"))}
    clean |= {**command.settings, "PYTHONUNBUFFERED": "1"}
    return clean | ({"DATABASE_URL": database_url} if database_url else {})


def _started(log: bytes) -> list[int]:
    return [int(pid) for pid in STARTED.findall(log)]


def wait_until_listening(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    """A worker says that its startup is complete a moment before it listens: until then it refuses connections."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise UsageError(f"the server never listened on port {port}. {_last_error(log.read_bytes())} Log: {shown(log)}")


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, workers: int) -> None:
    """Ready is: W "startup complete" lines. A request that gets its response proves one worker only."""
    deadline = time.monotonic() + READY_WITHIN_S + READY_PER_WORKER_S * workers
    while time.monotonic() < deadline:
        text = log.read_bytes()
        started = _started(text)
        if text.count(READY) >= workers and len(started) == workers:
            return
        if process.poll() is not None:
            raise UsageError(
                f"the server did not start (exit {process.returncode}). {_last_error(text)} Log: {shown(log)}"
            )
        if len(started) > workers or b"Application startup failed" in text or _lost_a_child(process, text):
            raise UsageError(f"a worker failed at start. {_last_error(text)} Log: {shown(log)}")
        time.sleep(0.05)
    raise UsageError(f"the server was not ready in time: {text.count(READY)} of {workers} workers. Log: {shown(log)}")


def _lost_a_child(process: subprocess.Popen[bytes], log: bytes) -> bool:
    """uvicorn notices a worker that ended as it started only after its health check's timeout; the system at once."""
    if CHILD_DIED.search(log):
        return True
    try:
        children = psutil.Process(process.pid).children() if b"Traceback" in log else []
        return any(child.status() == psutil.STATUS_ZOMBIE for child in children)
    except psutil.NoSuchProcess:
        return False


def _last_error(log: bytes) -> str:
    """The last line that names an exception, else the last line."""
    lines = [line.strip() for line in log.decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception|Timeout)\b", line)]
    return (named or lines or ["It printed nothing."])[-1]
