"""Starts the reader's service with our module on its path, or attaches to one that runs; says what it is; stops it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from labs.diagnose import complaints, reach, reader, readings
from labs.diagnose.target import Target
from labs.engine.errors import UsageError
from labs.engine.harness import inside_modules, ports
from labs.engine.harness.processes import Watchdog, child, lives, short_folder
from labs.engine.harness.server import inside_path

READY_WITHIN_S = 60.0
METRICS_WITHIN_S, METRICS_PER_WORKER_S = 5.0, 2.0  # for every worker to have written once: they start in turns
OLDEST = (3, 10)  # Python that `inside/course_metrics` runs on
SETTINGS = "set_sizes"  # the module of `inside/course_metrics` that changes sizes: for a proof, never else
LIBRARIES = (
    "uvicorn", "uvloop", "httptools", "gunicorn", "hypercorn", "fastapi", "starlette", "anyio", "psycopg",
    "psycopg-pool", "sqlalchemy", "asyncpg", "redis", "httpx", "aiohttp", "pydantic",
)  # fmt: skip
ASKED = (
    "import json, sys\nfrom importlib.metadata import PackageNotFoundError, version\nfound = {}\n"
    "for name in sys.argv[1:]:\n    try:\n        found[name] = version(name)\n"
    "    except PackageNotFoundError:\n        pass\n"
    "print(json.dumps({'python': list(sys.version_info[:3]), 'found': found}))"
)


@dataclass(frozen=True)
class Environment:
    """What is installed where the service runs."""

    python: tuple[int, ...]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Sizes:
    """What a proof changes of a service besides its workers; None leaves it."""

    tokens: int | None = None
    executor: tuple[str, int] | None = None  # by whom it is made, and how many threads

    def environment(self) -> dict[str, str]:
        found = {} if self.tokens is None else {"COURSE_METRICS_TOKENS": str(self.tokens)}
        if self.executor:
            found["COURSE_METRICS_EXECUTOR"] = f"{self.executor[1]} {self.executor[0]}"
        return found


@dataclass(frozen=True)
class Service:
    """One that responds. `root` None: it runs already, and no process id was given; `shared` None: no metrics."""

    target: Target
    argv: tuple[str, ...]
    root: int | None
    shared: Path | None
    log: Path | None
    loop: str | None
    environment: Environment | None
    no_metrics: str | None
    process: subprocess.Popen[bytes] | None = None
    workers: tuple[int, ...] = ()  # the process ids of those that count their requests: uvicorn's

    def check_alive(self) -> None:
        """Raise UsageError, with its last error, once it has ended or lost a worker."""
        if self.process is not None and (status := self.process.poll()) is not None:
            raise UsageError(complaints.during_load(status, self.log))
        if self.process is None and self.root is not None and not lives(self.root):
            raise UsageError(f"process {self.root} ended during the load: see its own log, and start it again")
        if lost := [pid for pid in self.workers if not lives(pid)]:
            raise UsageError(
                f"{len(lost)} of {len(self.workers)} workers ended during the load. Out of memory (dmesg says so)? "
                f"Fewer workers need less. gunicorn's --max-requests ends them, too: leave it out. Log: {self.log}"
            )

    def check_listens(self) -> None:
        """Raise UsageError once nothing listens: of one that runs already there may be no process id to look for."""
        self.check_alive()
        if self.process is None and reach.refuses(self.target):
            raise UsageError(
                f"nothing listens at {self.target.base_url} any more: the service ended during the load. "
                "See its own log, and start it again"
            )


def interpreter(target: Target) -> str:
    """The one that was named, else that of the folder's own environment, else ours."""
    if target.python:
        return target.python
    for place in (".venv", "venv"):
        found = target.dir / place / "bin" / "python"
        if found.is_file():
            return str(found)
    return sys.executable


def examine(python: str) -> Environment:
    """Raises UsageError, with its last words, if it is no Python that runs."""
    why = ""
    try:
        said = subprocess.run([python, "-c", ASKED, *LIBRARIES], capture_output=True, text=True, timeout=60)
        why = (said.stderr.strip().splitlines() or [f"exit {said.returncode}, it printed nothing"])[-1]
        told = json.loads(said.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"--python {python} doesn't run ({why or error}): name the interpreter of its environment"
        ) from None
    return Environment(tuple(told["python"]), told["found"])


def chosen_loop(target: Target, environment: Environment) -> str:
    """uvloop where the service's environment has it. Raises UsageError where it was asked for and isn't there."""
    has = "uvloop" in environment.versions
    if target.loop == "uvloop" and not has:
        raise UsageError(
            "--loop uvloop: the service's environment hasn't got it. pip install uvloop there, or leave it"
        )
    if target.loop == "auto":
        return "uvloop" if has else "asyncio"
    return target.loop


def command(target: Target, python: str, environment: Environment) -> tuple[str, ...]:
    """What starts it. Raises UsageError where its environment can't."""
    if target.command:
        return tuple(part.replace("{port}", str(target.port)) for part in target.command)
    if "uvicorn" not in environment.versions:
        raise UsageError(
            f"{python} has no uvicorn: name the interpreter of the service's environment with --python, "
            "or how it is started with --command"
        )
    assert target.app
    return (
        python, "-m", "uvicorn", target.app, *(("--factory",) if target.factory else ()),
        "--host", "127.0.0.1", "--port", str(target.port), "--workers", str(target.workers),
        "--loop", chosen_loop(target, environment), "--no-access-log",
    )  # fmt: skip


@contextmanager
def running(watchdog: Watchdog, target: Target, log: Path, sizes: Sizes | None = None) -> Iterator[Service]:
    """The service, ready to respond; one that we started is stopped at the end of the block.

    Raises UsageError, with its last error and the fix, if it dies or never responds.
    """
    if not target.started:
        yield _attached(target)
        return
    python = interpreter(target)
    environment = examine(python)
    argv = command(target, python, environment)
    ports.check(target.port)
    with short_folder(watchdog, "metrics-") as shared, log.open("wb") as output:
        env = {**os.environ, **dict(target.env), "PYTHONUNBUFFERED": "1"}
        if environment.python >= OLDEST or target.command:
            known = [*inside_modules.EVERY, inside_modules.BUSY_LOOPS, *([SETTINGS] if sizes else [])]
            env |= {"COURSE_METRICS": str(shared), "COURSE_METRICS_KNOWN": " ".join(known)}
            if target.app:  # an installed package, too, is the service and no library of it
                env["COURSE_METRICS_OWN"] = target.app.partition(":")[0].partition(".")[0]
            env |= {"PYTHONPATH": inside_path(env.get("PYTHONPATH"))} | (sizes.environment() if sizes else {})
        try:
            with _child(watchdog, argv, output, env, target) as process:
                service = Service(
                    target, argv, process.pid, shared, log,
                    loop=None if target.command else chosen_loop(target, environment),
                    environment=None if target.command else environment,
                    no_metrics=None,
                    process=process,
                )  # fmt: skip
                _wait_until_it_responds(service)
                yield _with_metrics(service, environment)
        finally:
            ports.wait_until_free(target.port)


@contextmanager
def _child(
    watchdog: Watchdog, argv: tuple[str, ...], output: object, env: Mapping[str, str], target: Target
) -> Iterator[subprocess.Popen[bytes]]:
    started = False
    try:
        with child(watchdog, argv, output, env, target.dir) as process:  # type: ignore[arg-type]
            started = True
            yield process
    except OSError as error:
        if started:
            raise
        raise UsageError(f"{argv[0]} can't be started ({error.strerror}): check --command and --dir") from None


def _attached(target: Target) -> Service:
    if target.pid is not None and not psutil.pid_exists(target.pid):
        raise UsageError(f"--pid {target.pid}: no such process here")
    why = "it was running already, and its resources are noted only as they are made. Start it with --app or --command"
    return Service(target, (), target.pid, None, None, None, None, why)


def _with_metrics(service: Service, environment: Environment) -> Service:
    """Wait until every worker has written once; say why where none does."""
    assert service.shared and service.process
    deadline = time.monotonic() + METRICS_WITHIN_S + METRICS_PER_WORKER_S * (service.target.workers - 1)
    while time.monotonic() < deadline:
        if len(readings.serving(reader.read(service.shared))) >= service.target.workers:
            break
        service.check_alive()
        time.sleep(0.05)
    if told := reader.read(service.shared):  # of fewer processes, perhaps, than we were told of
        return replace(service, workers=tuple(readings.counting(told)))
    if environment.python < OLDEST and not service.target.command:
        why = f"its Python is {'.'.join(map(str, environment.python))}, ours reads 3.10 and newer"
    else:
        why = (
            "no process of it wrote any: its interpreter was started with -I or -E (leave that out), or it runs no "
            "event loop"
        )
    return replace(service, no_metrics=why, shared=None)


def _wait_until_it_responds(service: Service) -> None:
    target, deadline = service.target, time.monotonic() + READY_WITHIN_S
    assert service.process
    while time.monotonic() < deadline:
        if (status := service.process.poll()) is not None:
            raise UsageError(complaints.at_start(target, status, service.log))
        if reach.listens(target):
            return
        time.sleep(0.05)
    raise UsageError(
        f"nothing listens on port {target.port} after {READY_WITHIN_S:.0f} s. {complaints.last_error(service.log)} "
        f"Does the command use {{port}}? Log: {service.log}"
    )
