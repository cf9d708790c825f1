"""The fault matrix: each fault gets a clear message and the right status, and nothing is left or lost.

Real processes throughout. Those marked `fault` here and elsewhere are counted in the README.
"""

import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from labs import catalog
from labs.engine import run
from labs.engine.declare.claim import Check
from labs.engine.declare.quantities import Quantity
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness import k6, load, pgbench, postgres, postgres_cluster, postgres_schema, server
from labs.engine.harness.commands import Ports, commands
from labs.engine.harness.plan import Plan
from labs.engine.harness.processes import child, watched
from labs.engine.judgement.guards import Guard
from labs.engine.judgement.verdict import judge
from labs.engine.results import runs, store
from labs.engine.show.progress import LiveProgress
from tests.conftest import ROOT, Invoked, Started, command, copied, environment, gone

pytestmark = pytest.mark.fault
SMOKE = ("--scale", "smoke", "--port")


def words(text: str) -> str:
    """Without the line breaks that a terminal's width put in."""
    return " ".join(text.split())


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


# --- k6 ----------------------------------------------------------------------------------


def test_k6_that_may_not_be_executed(invoke: Callable[..., Invoked], tmp_path: Path, port: int) -> None:
    (tmp_path / "k6").write_text("")
    ended = invoke("lab2", *SMOKE, str(port), K6_BIN=str(tmp_path / "k6"))
    assert ended.status == 2 and "is not an executable file" in words(ended.err) and "chmod +x" in words(ended.err)
    assert gone(ended.mark)


@pytest.mark.parametrize("told", ["k6 v0.50.0 (go1.22)", "something else", ""])
def test_a_k6_of_another_version(invoke: Callable[..., Invoked], tmp_path: Path, port: int, told: str) -> None:
    ended = invoke("lab2", *SMOKE, str(port), K6_BIN=script(tmp_path / "k6", f"echo '{told}'"))
    assert ended.status == 2 and "is not k6 1." in words(ended.err) and "unset K6_BIN" in words(ended.err)
    assert gone(ended.mark)


@pytest.mark.parametrize("status", [99, 105, 107])
def test_k6_ends_with_a_failure_of_its_own(
    invoke: Callable[..., Invoked], tmp_path: Path, port: int, status: int
) -> None:
    """99 a threshold, 105 aborted from outside, 107 an exception in the script."""
    wrapped = script(tmp_path / "k6", f'"{k6.binary()}" "$@" && [ "$1" != run ] || exit {status}')
    ended = invoke("lab2", "--steady", "2", "--vus", "40", "--tokens", "4", "--port", str(port), K6_BIN=wrapped)
    assert ended.status in (2, 20)
    assert f"status {status}" in words(ended.out) or f"exit {status}" in words(ended.err), ended.out + ended.err
    assert gone(ended.mark)


# --- the server --------------------------------------------------------------------------


def test_a_server_that_dies_while_it_starts(invoke: Callable[..., Invoked], tmp_path: Path, port: int) -> None:
    lines = (
        "import os, sys",
        "if 'uvicorn' in ' '.join(sys.orig_argv):",
        "    print('gone at once', flush=True)",
        "    os._exit(3)",
    )
    (tmp_path / "sitecustomize.py").write_text("\n".join(lines))
    ended = invoke("lab2", *SMOKE, str(port), PYTHONPATH=str(tmp_path))
    assert ended.status == 2 and "did not start (exit 3)" in words(ended.err) and "gone at once" in words(ended.err)
    assert gone(ended.mark)


# --- the database ------------------------------------------------------------------------


def test_postgresql_that_cannot_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = Path("/var/tmp") / f"fastapi-under-load-test-{os.getpid()}" if os.geteuid() == 0 else tmp_path
    data = home / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("1\n")
    if os.geteuid() == 0:
        for path in (home, data, data / "PG_VERSION"):
            os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
        data.chmod(0o700)
    monkeypatch.setattr(postgres_cluster, "home_folder", lambda: home)
    try:
        with (
            watched() as watchdog,
            pytest.raises(UsageError, match=r"PostgreSQL did not start.*invoke clean"),
            postgres.running(watchdog, tmp_path / "postgres.log", 20),
        ):
            pass
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_postgresql_that_dies_during_the_load(start: Callable[..., Started], port: int) -> None:
    lab = start("lab6", "--steady", "3", "--vus", "10", "--pool", "2", "--port", str(port))
    lab.wait_for("starting 2 workers")
    lab.child("load_test.js")
    os.kill(lab.child("listen_addresses=").pid, signal.SIGKILL)
    _, errors = lab.process.communicate(timeout=90)
    assert lab.process.returncode == 2 and "PostgreSQL ended during the load" in words(errors), errors
    assert gone(lab.mark)


def test_an_external_server_with_a_wrong_address(invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke("lab6", *SMOKE, str(port), DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert ended.status == 2 and "check DATABASE_URL" in words(ended.err)
    assert gone(ended.mark)


@pytest.fixture
def external(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """A server on its socket that asks the role `guarded` for a password; yields a function to URLs."""
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "postgres.log", 40) as database:
        admin = database.url.replace(f"user={postgres_schema.ROLE}", "user=postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            for statement in (
                "DROP DATABASE IF EXISTS faults",
                "CREATE DATABASE faults",
                "DROP ROLE IF EXISTS guarded",
                "CREATE ROLE guarded LOGIN PASSWORD 'right'",
                "DROP ROLE IF EXISTS reader",
                "CREATE ROLE reader LOGIN SUPERUSER",
                "ALTER ROLE reader SET default_transaction_read_only = on",
            ):
                connection.execute(statement.encode())
            hba = str(connection.execute("SHOW hba_file").fetchone()[0])  # type: ignore[index]
            lines = [row[0] for row in connection.execute("SELECT pg_read_file('pg_hba.conf')")]
            rule = "local faults guarded scram-sha-256"
            if rule not in lines[0]:
                asked = f"{rule}\n{lines[0]}".replace("'", "''")
                copy = f"COPY (SELECT unnest(string_to_array('{asked}', chr(10)))) TO '{hba}'"
                connection.execute(copy.encode())
            connection.execute(b"SELECT pg_reload_conf()")
        yield lambda user: admin.replace("///postgres?", "///faults?").replace("user=postgres", f"user={user}")


def test_an_external_server_that_refuses_the_password(
    external: Callable[[str], str], invoke: Callable[..., Invoked], port: int
) -> None:
    url = external("guarded") + "&password=wrong"
    ended = invoke("lab6", *SMOKE, str(port), DATABASE_URL=url)
    assert ended.status == 2 and "password authentication failed" in words(ended.err)
    assert "check DATABASE_URL" in words(ended.err) and gone(ended.mark)


def test_an_external_server_that_is_read_only(
    external: Callable[[str], str], invoke: Callable[..., Invoked], port: int
) -> None:
    ended = invoke("lab6", *SMOKE, str(port), DATABASE_URL=external("reader"))
    assert ended.status == 2 and "read-only transaction" in words(ended.err)
    assert "check DATABASE_URL" in words(ended.err) and gone(ended.mark)


def test_an_external_server_with_too_few_connections(
    external: Callable[[str], str], invoke: Callable[..., Invoked], port: int
) -> None:
    ended = invoke("lab6", *SMOKE, str(port), "--pool", "50", DATABASE_URL=external("postgres"))
    assert ended.status == 2 and "allows 40 connections, this lab needs 120" in words(ended.err)
    assert gone(ended.mark)


# --- signals at each stage ---------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("stage", ["starting PostgreSQL", "starting 2 workers", "stopping the server"])
def test_a_signal_at_any_stage(start: Callable[..., Started], port: int, stage: str, number: signal.Signals) -> None:
    lab = start("lab6", "--scale", "smoke", "--port", str(port))
    lab.wait_for(stage)
    lab.process.send_signal(number)
    assert lab.process.wait(timeout=20) == (130 if number == signal.SIGINT else 143)
    assert gone(lab.mark)


# --- disk and captures -------------------------------------------------------------------


def test_runs_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot write below"):
        runs.new_folder("2026-01-01T00:00:00+00:00", "lab2", "smoke")


def test_a_capture_that_cannot_be_saved_leaves_the_old_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder too small for the file: a real limit on file size, not a patched function."""
    kept = store.reference(catalog.folder(catalog.lab(2)), "post")
    assert kept is not None
    path = tmp_path / "reference.json"
    store.save(kept, path)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        with pytest.raises(UsageError, match="cannot write"):
            store.save(replace(kept, repeats=99), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["reference.json"]


# --- limits and surroundings -------------------------------------------------------------


def limited(descriptors: int, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, "--port", str(port)),
        cwd=ROOT,
        env=environment("limited"),
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
    )


def test_a_descriptor_limit_of_256(port: int) -> None:
    ended = limited(256, port, "lab2")
    assert ended.returncode == 2 and "ulimit -n 600" in words(ended.stderr), ended.stderr


def test_below_a_descriptor_limit_the_default_scale_is_smaller_and_says_so(port: int) -> None:
    ended = limited(700, port, "lab2", "--steady", "1", "--ms", "20")
    assert "sized down to 400 users" in words(ended.stderr), ended.stderr
    assert ended.returncode in (0, 10, 20)


def test_a_lab_whose_checks_raise(port: int) -> None:
    lab = catalog.lab(2)
    nonsense = Quantity(("T = 4",), lambda seen: 0 / 0)
    broken = replace(lab, checks=(Check(says="0 / 0", quantity=nonsense, at_least=0.9),))
    variants = lab.rows("smoke", Machine(2.0))
    with LiveProgress(quiet()) as progress:
        result, folder = run.run_lab(Plan(lab=broken, scale="smoke", variants=variants, port=port), progress)
    judged = judge(broken, replace(result, scale="auto"))
    assert judged.outcome == "inconclusive" and Guard.NOT_COMPUTABLE in judged.guards
    assert any("'0 / 0' cannot be computed" in why for why in judged.reasons)
    assert store.read(folder / runs.RESULT_NAME) == result


def quiet():  # type: ignore[no-untyped-def]
    from rich.console import Console

    return Console(file=open(os.devnull, "w"), stderr=False)


@pytest.mark.parametrize("lab", ["lab2", "lab6"])
def test_a_checkout_path_with_spaces_and_umlauts(tmp_path: Path, lab: str, port: int) -> None:
    copy = (
        Path("/var/tmp") / f"course test {os.getpid()}" / "für später" if os.geteuid() == 0 else tmp_path / "für später"
    )
    try:
        copied(copy)
        ended = subprocess.run(
            command(lab, *SMOKE, str(port)),
            cwd=copy,
            env=environment("path", COURSE_HOME=""),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 20 and "smoke scale proves the plumbing" in words(ended.stdout), ended.stderr
    finally:
        shutil.rmtree(copy.parent, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs every other test as one")
def test_an_ordinary_user_can_run_a_lab_with_a_database(port: int) -> None:
    prefix = Path(sys.executable).resolve()
    if not all(parent.stat().st_mode & 0o001 for parent in (prefix, *prefix.parents, ROOT, *ROOT.parents)):
        pytest.skip("this Python lies where other users may not enter")
    home = Path("/var/tmp") / f"course-user-{os.getpid()}"
    nobody = pwd.getpwnam("nobody")
    try:
        copied(home)
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        as_nobody = environment("user", HOME=str(home), COURSE_HOME="")
        ended = subprocess.run(
            command("lab6", *SMOKE, str(port)), cwd=home, env=as_nobody, capture_output=True, text=True, timeout=120,
            user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
        )  # fmt: skip
        assert ended.returncode == 20, ended.stderr
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize(
    "extra", [{"COLUMNS": "40"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["narrow", "plain", "dumb"]
)
def test_terminals_of_all_kinds(invoke: Callable[..., Invoked], port: int, extra: dict[str, str]) -> None:
    ended = invoke("lab2", *SMOKE, str(port), **extra)
    assert ended.status == 20 and "\x1b[" not in ended.out + ended.err
    if "COLUMNS" in extra:
        assert max(len(line) for line in ended.out.splitlines()) <= 40


# --- nothing that was measured is lost --------------------------------------------------------


def test_what_was_measured_before_k6_was_killed_is_kept_and_shown(
    start: Callable[..., Started], invoke: Callable[..., Invoked], port: int
) -> None:
    """k6 ends in the third variant of lab 8: the first two are there, marked as part of a stopped run."""
    lab = start("lab8", "--scale", "smoke", "--port", str(port))
    lab.wait_for("(3 of 3)")
    os.kill(lab.child("load_test.js").pid, signal.SIGKILL)
    _, errors = lab.process.communicate(timeout=90)
    assert lab.process.returncode == 2 and "2 of 3 rows are kept: invoke show --lab 8" in words(errors), errors
    shown = invoke("show", "--lab", "8", "--json")
    assert shown.json["verdict"] == "inconclusive" and "k6 left no summary" in shown.json["stopped"]
    assert [row["name"] for row in shown.json["variants"]] == ["def, W = 1", "def, W = 2C"]
    assert gone(lab.mark)


def test_an_interrupted_lab_keeps_what_it_had_measured(
    start: Callable[..., Started], invoke: Callable[..., Invoked], port: int
) -> None:
    lab = start("lab12", "--scale", "smoke", "--port", str(port))
    lab.wait_for("(2 of 2)")
    during = invoke("show", "--lab", "12", "--json")
    assert during.json["stopped"] == "it's still running" and "invoke lab12" in words(during.err)
    lab.process.send_signal(signal.SIGINT)
    _, errors = lab.process.communicate(timeout=20)
    assert lab.process.returncode == 130 and gone(lab.mark)
    assert "1 of 2 rows are kept: invoke show --lab 12" in words(errors)
    shown = invoke("show", "--lab", "12", "--json")
    assert shown.json["stopped"] == "interrupted" and len(shown.json["variants"]) == 1


def test_a_refused_database_is_said_before_anything_else(invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke("lab6", *SMOKE, str(port), DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert ended.status == 2 and "check DATABASE_URL" in words(ended.err)
    assert "prediction" not in ended.err and "starting" not in ended.err


def test_a_sidecar_finds_a_port_where_the_next_one_is_taken(invoke: Callable[..., Invoked], port: int) -> None:
    """`invoke serve` beside a lab with a sidecar: the sidecar steps aside."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()
        ended = invoke("lab9", *SMOKE, str(port))
    assert ended.status == 20, ended.err
    assert gone(ended.mark)


def test_an_external_server_on_this_machine_counts_as_the_database(
    external: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", external("postgres"))
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "log", 20) as database:
        assert database.process is None and database.root is not None
        assert "postgres" in psutil.Process(database.root).name()


def test_pgbench_that_fails_ends_the_lab_with_its_own_words(
    invoke: Callable[..., Invoked], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "log", 20) as database:
        broken = replace(database, url=database.url.replace("user=", "user=nobody_of_that_name_"))
        with pytest.raises(UsageError, match=r"pgbench failed.*does not exist"):
            pgbench.transactions_per_s(broken, clients=1, seconds=1, folder=tmp_path)


def test_show_without_a_run_says_what_to_run(invoke: Callable[..., Invoked], tmp_path: Path) -> None:
    ended = invoke("show", COURSE_HOME=str(tmp_path))
    assert ended.status == 2 and "nothing has run yet: invoke lab2" in ended.err


def test_k6_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("K6_BIN", script(tmp_path / "k6", "sleep 600"))
    monkeypatch.setattr(load, "LEEWAY_S", 1.0)
    variant = catalog.lab(2).rows("smoke", Machine(2.0))[0]
    brief = replace(variant.load, steady_s=0.2, ramp_s=0.1, graceful_stop_s=0.1)
    with watched() as watchdog, pytest.raises(UsageError, match="k6 did not end within"):
        load.generate(
            watchdog, commands(variant, Ports(1, 2)), brief, tmp_path, False,
            started=lambda pid: None, tick=lambda *_: None,
        )  # fmt: skip


def test_a_server_that_is_never_ready_is_named_with_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "READY_WITHIN_S", 1.0)
    monkeypatch.setattr(server, "READY_PER_WORKER_S", 0.0)
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        watched() as watchdog,
        child(watchdog, ["sleep", "60"], output, os.environ) as slow,
        pytest.raises(UsageError, match="was not ready in time: 0 of 1 workers"),
    ):
        server._wait_until_ready(slow, log, 1)


# --- nothing listens where others could reach it -----------------------------------------


def test_the_service_listens_on_loopback_only(start: Callable[..., Started], port: int) -> None:
    lab = start("lab6", "--scale", "smoke", "--port", str(port))
    lab.wait_for("starting 2 workers")
    lab.child("load_test.js")
    server = lab.child("app.main:app")
    tree = [server, *server.children(recursive=True), lab.child("listen_addresses="), lab.child("load_test.js")]
    listening = set()
    for process in tree:
        with suppress(psutil.NoSuchProcess):  # one that has ended meanwhile listens nowhere
            found = process.net_connections("inet")
            listening |= {connection.laddr for connection in found if connection.status == psutil.CONN_LISTEN}
    assert {(address.ip, address.port) for address in listening} == {("127.0.0.1", port)}
