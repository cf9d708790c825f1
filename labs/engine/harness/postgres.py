"""The embedded PostgreSQL as our own child, or the server that DATABASE_URL names."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from labs.engine.errors import UsageError
from labs.engine.harness import postgres_cluster, postgres_schema
from labs.engine.harness.processes import Watchdog, child, short_folder


@dataclass(frozen=True)
class Database:
    """A reachable database with our schema in it.

    `process` and `log` are None for an external server. `root` is the process that its CPU is counted
    from, of an external server too where it runs on this machine; None where it can't be found.
    """

    url: str
    process: subprocess.Popen[bytes] | None
    log: Path | None
    binaries: Path
    root: int | None

    def check_alive(self) -> None:
        """Raise UsageError if it has ended: nothing measured since then says anything."""
        if self.process is not None and self.process.poll() is not None:
            raise UsageError(f"PostgreSQL ended during the load (exit {self.process.returncode}). Log: {self.log}")

    def fatals(self) -> int | None:
        """FATAL lines in the log so far: refused connections, above all. None for an external server."""
        return None if self.log is None else self.log.read_bytes().count(b"FATAL:")


@contextmanager
def running(watchdog: Watchdog, log: Path, max_connections: int) -> Iterator[Database]:
    """A database for the time of the block.

    Raises UsageError if it cannot be started, reached or written to.
    """
    if external := os.environ.get("DATABASE_URL"):
        check_external(max_connections)
        yield Database(external, None, None, postgres_cluster.packaged_binaries(), _local_root(external))
        return
    home = postgres_cluster.home_folder()
    programs = postgres_cluster.binaries(home)
    postgres_cluster.own(home)
    data = home / "data"
    postgres_cluster.initialise(programs, data)
    with short_folder(watchdog, "pg-") as sockets, log.open("wb") as output:
        postgres_cluster.own(sockets)
        argv = [
            str(programs / "postgres"), "-D", str(data), "-k", str(sockets),
            "-c", "listen_addresses=", "-c", f"max_connections={max_connections}",
            "-c", "fsync=off", "-c", "log_line_prefix=%m [%p] ",
        ]  # fmt: skip
        environment = postgres_cluster.environment()
        owner = postgres_cluster.owner()
        with child(watchdog, argv, output, environment, home, owner, stop_signal=signal.SIGINT) as process:
            url = f"postgresql:///postgres?host={sockets}&user=postgres"
            _wait_until_ready(process, url, log)
            postgres_schema.ensure_schema(url)
            postgres_schema.ensure_role(url)
            ordinary = url.replace("user=postgres", f"user={postgres_schema.ROLE}")
            yield Database(ordinary, process, log, programs, process.pid)


def check_external(max_connections: int) -> None:
    """Raise UsageError if the server that DATABASE_URL names can't be used; without one do nothing."""
    if not (url := os.environ.get("DATABASE_URL")):
        return
    postgres_schema.ensure_schema(url)
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    if found and found[0] < max_connections:
        raise UsageError(
            f"DATABASE_URL's server allows {found[0]} connections, this lab needs {max_connections}: "
            "raise its max_connections, choose fewer with --pool, or unset DATABASE_URL to use the embedded one"
        )


def _local_root(url: str) -> int | None:
    """The parent of an external server's backends where it runs on this machine, seen by its own process ids."""
    with suppress(psutil.Error), psycopg.connect(url) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        parent = backend.parent()
        if "postgres" in backend.name() and parent is not None and "postgres" in parent.name():
            return parent.pid
    return None


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        if process.poll() is not None:
            last = (log.read_text(errors="replace").strip().splitlines() or ["it printed nothing"])[-1]
            raise UsageError(f"PostgreSQL did not start: {last}. `invoke clean` removes its data. Log: {log}")
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise UsageError(f"PostgreSQL was not ready in 30 s: {error}. Log: {log}") from error
            time.sleep(0.05)
