"""Starts and stops uvicorn, waits until every worker is ready, counts what each worker answered."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client.mmap_dict import MmapedDict

from labs.runner.model import UsageError, Variant
from labs.runner.processes import Watchdog, child, short_folder

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"

STARTED = re.compile(rb"Started server process \[(\d+)\]")
CHILD_DIED = re.compile(rb"Child process \[\d+\] died")
READY = b"Application startup complete"
COMPANION_READY = b"companion ready"


def argv(variant: Variant, port: int) -> list[str]:
    """The one command line every lab uses; but for the worker count, only labs about an option vary it.

    Loop and parser are named because `--workers` above 1 on the asyncio loop loses TCP_NODELAY.
    """
    limit = [] if variant.limit_concurrency is None else ["--limit-concurrency", str(variant.limit_concurrency)]
    return [
        sys.executable, "-m", "uvicorn", f"app.{entry(variant)}:app",
        "--host", HOST, "--port", str(port), "--workers", str(variant.workers),
        "--loop", variant.loop, "--http", variant.http, "--backlog", str(variant.backlog), *limit,
        "--no-access-log", "--log-level", "info", "--timeout-worker-healthcheck", "60",
    ]  # fmt: skip


def entry(variant: Variant) -> str:
    """The module of `app` that uvicorn is given; with a panel that module imports the variant's own."""
    return "watched" if variant.panel else variant.app


def settings(variant: Variant) -> dict[str, str]:
    """The environment variables that configure the app for a variant, database address apart."""
    smallest = variant.pool_size if variant.pool_min_size is None else variant.pool_min_size
    chosen = {"THREAD_TOKENS": str(variant.thread_tokens), "POOL": variant.endpoint.pool}
    if variant.endpoint.pool != "none":
        chosen |= {"POOL_MIN_SIZE": str(smallest), "POOL_MAX_SIZE": str(variant.pool_size)}
        chosen |= {"POOL_TIMEOUT_S": f"{variant.pool_timeout_s:g}"}
    if variant.panel:
        chosen |= {"WATCHED": variant.app}
    return chosen | dict(variant.settings)


@dataclass(frozen=True)
class Server:
    """A running uvicorn. `boot_s` is the time until its last worker was ready."""

    process: subprocess.Popen[bytes]
    log: Path
    counters: Path
    wanted: int
    boot_s: float

    def started_workers(self) -> list[int]:
        """Every worker that ever started, replacements included."""
        return _started(self.log.read_bytes())

    def replaced_workers(self) -> int:
        """How many of the first workers are gone or were replaced; all of them if their parent died."""
        if self.process.poll() is not None:
            return self.wanted
        started = self.started_workers()
        alive = sum(psutil.pid_exists(pid) for pid in started[: self.wanted])
        return max(len(started) - self.wanted, self.wanted - alive)

    def answers_per_worker(self) -> tuple[int, ...]:
        """Answers each worker has sent, by its own count; read from shared files, not by asking."""
        return tuple(sum(_counts(self.counters / f"counter_{pid}.db")) for pid in self.started_workers())


def _counts(path: Path) -> list[int]:
    if not path.exists():
        return [0]
    entries = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
    return [int(value) for key, value, *_ in entries if "http_answers_total" in key]


def _started(log: bytes) -> list[int]:
    return [int(pid) for pid in STARTED.findall(log)]


def check_port(port: int) -> None:
    """Raise UsageError if something listens there: a leftover server would answer in ours' place."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"port {port} is taken ({error.strerror}): stop what listens there, or choose another with --port"
            ) from error


def _wait_until_free(port: int) -> None:
    """A killed worker counts as ended before its last thread has closed the listening socket."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(UsageError):
            return check_port(port)
        time.sleep(0.02)


@contextmanager
def companion(
    dog: Watchdog, variant: Variant, log: Path, port: int, database_url: str | None
) -> Iterator[subprocess.Popen[bytes]]:
    """The variant's second program, `python -m app.<companion>`, once it has printed that it is ready.

    It finds the server's own environment, and in COMPANION_PORT a port beside the server's.
    Raises UsageError, with the log's last lines, if it ends or is not ready in time.
    """
    env = _clean_environment() | settings(variant)
    env |= {"PYTHONUNBUFFERED": "1", "COMPANION_PORT": str(companion_port(port))}
    env |= {"DATABASE_URL": database_url} if database_url else {}
    with (
        log.open("wb") as output,
        child(dog, [sys.executable, "-m", f"app.{variant.companion}"], output, env, cwd=ROOT) as process,
    ):
        deadline = time.monotonic() + 60
        while COMPANION_READY not in (text := log.read_bytes()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise UsageError(f"app.{variant.companion} did not start. {_last_error(text)} Log: {_shown(log)}")
            time.sleep(0.05)
        yield process


def urls(variant: Variant, port: int) -> tuple[str, str]:
    """Where the load goes, and where the bystander goes."""
    here, beside = f"http://{HOST}:{port}", f"http://{HOST}:{companion_port(port)}"
    return (beside if variant.load_goes_to_companion else here), here


def companion_port(port: int) -> int:
    return port + 1


def _clean_environment() -> dict[str, str]:
    """Ours, without what would change k6, uvicorn or the app behind the variant's back."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("K6_", "POOL", "UVICORN_"))}


@contextmanager
def running(dog: Watchdog, variant: Variant, log: Path, port: int, database_url: str | None) -> Iterator[Server]:
    """uvicorn with every one of the variant's workers ready; stopped at the end of the block.

    Raises UsageError, with the log's last lines, if it dies or is not ready in time.
    """
    check_port(port)
    with short_folder(dog, "answers-") as counters, log.open("wb") as output:
        env = _clean_environment() | settings(variant)
        env |= {"PROMETHEUS_MULTIPROC_DIR": str(counters), "PYTHONUNBUFFERED": "1"}
        env |= {"DATABASE_URL": database_url} if database_url else {}
        begun = time.monotonic()
        try:
            with child(dog, argv(variant, port), output, env, cwd=ROOT) as process:
                if variant.waits_until_ready:
                    _wait_until_ready(process, log, variant.workers)
                else:
                    _wait_until_listening(process, log, port)
                yield Server(process, log, counters, variant.workers, time.monotonic() - begun)
        finally:
            _wait_until_free(port)


def _wait_until_listening(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    """The parent listens before its first worker exists: connections then wait in the accept queue."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise UsageError(f"the server never listened on port {port}. {_last_error(log.read_bytes())} Log: {_shown(log)}")


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, workers: int) -> None:
    """Ready is: W "startup complete" lines. A request that is answered proves one worker only."""
    deadline = time.monotonic() + 60 + 3 * workers
    while time.monotonic() < deadline:
        text = log.read_bytes()
        started = _started(text)
        if text.count(READY) >= workers and len(started) == workers:
            return
        if process.poll() is not None:
            raise UsageError(
                f"the server did not start (exit {process.returncode}). {_last_error(text)} Log: {_shown(log)}"
            )
        if len(started) > workers or b"Application startup failed" in text or CHILD_DIED.search(text):
            raise UsageError(f"a worker failed at start. {_last_error(text)} Log: {_shown(log)}")
        time.sleep(0.05)
    raise UsageError(f"the server was not ready in time: {text.count(READY)} of {workers} workers. Log: {_shown(log)}")


def _shown(log: Path) -> Path:
    """The path as seen from the checkout, so that a kept result names no folder of one machine."""
    return log.relative_to(ROOT) if log.is_relative_to(ROOT) else log


def _last_error(log: bytes) -> str:
    """The last line that names an exception, else the last line."""
    lines = [line.strip() for line in log.decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception|Timeout)\b", line)]
    return (named or lines or ["It printed nothing."])[-1]
