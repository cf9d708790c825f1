"""The selects on a real PostgreSQL: same rows through both versions, and clear words when it fails."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from app.recipes import admitted_sessions
from labs.engine.errors import UsageError
from labs.engine.harness import postgres, postgres_cluster, postgres_schema
from labs.engine.harness.processes import Watchdog
from tests.serving import select, serving


def administrator(database: postgres.Database) -> str:
    return database.url.replace(f"user={postgres_schema.ROLE}", "user=postgres")


def fresh(database: postgres.Database, name: str) -> str:
    """An empty database of that name, as its administrator reaches it."""
    with psycopg.connect(administrator(database), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    return administrator(database).replace("///postgres?", f"///{name}?")


def test_both_versions_return_the_same_rows(
    watchdog: Watchdog, database: postgres.Database, tmp_path: Path, port: int
) -> None:
    returned = {}
    for kind in ("sync", "async"):
        with serving(watchdog, select(kind), port, tmp_path, database.url) as app:  # type: ignore[arg-type]
            response = httpx.get(f"http://127.0.0.1:{port}/{kind}_select", params={"user_id": 7})
            returned[kind] = response.json()["rows"]
            waited = httpx.get(f"http://127.0.0.1:{port}/{kind}_select", params={"user_id": 7, "wait_ms": 200})
            assert waited.elapsed.total_seconds() >= 0.2 and waited.json() == response.json()
            assert app.responses_per_worker() == (2,)
    assert returned["sync"] == returned["async"] and len(returned["sync"]) == 10
    spent = [row[2] for row in returned["sync"]]
    assert spent == sorted(spent, reverse=True) and spent[-1] > 0


def test_admitted_sessions_never_hang(database: postgres.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many more requests at once than tokens and connections together: without the limit they would deadlock."""
    limited = ConnectionPool(database.url, min_size=admitted_sessions.SIZE, open=False, timeout=5)
    monkeypatch.setattr(admitted_sessions, "pool", limited)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(admitted_sessions.app)
        async with (
            admitted_sessions.lifespan(admitted_sessions.app),
            httpx.AsyncClient(transport=transport, base_url="http://app", timeout=20) as client,
        ):
            return [r.status_code for r in await asyncio.gather(*(client.get("/orders") for _ in range(200)))]

    assert asyncio.run(ask()) == [200] * 200


def test_the_database_listens_on_its_socket_only(database: postgres.Database) -> None:
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_an_address_where_nobody_listens_is_named(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    with pytest.raises(UsageError, match="check DATABASE_URL"), postgres.running(watchdog, tmp_path / "log", 20):
        pass


def test_an_external_database_gets_our_schema_and_nothing_else(
    watchdog: Watchdog, database: postgres.Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = fresh(database, "theirs")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE users (id int)")
    monkeypatch.setenv("DATABASE_URL", url)
    with postgres.running(watchdog, tmp_path / "log", 20) as used:
        assert used.process is None and used.url == url
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT schemaname, count(*) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [(postgres_schema.SCHEMA, 4), ("public", 1)]


def test_a_schema_of_our_name_that_is_not_ours_is_left_alone(
    watchdog: Watchdog, database: postgres.Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = fresh(database, "others")
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {postgres_schema.SCHEMA}".encode())
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(UsageError, match="not ours"), postgres.running(watchdog, tmp_path / "log", 20):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets it")
def test_root_data_lies_where_the_unprivileged_user_can_reach_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("COURSE_HOME", str(closed))
    assert str(postgres_cluster.home_folder()).startswith("/var/tmp/")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets it")
def test_a_copy_of_the_programs_runs_where_the_package_cannot_be_reached(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Path(tempfile.mkdtemp(prefix="course-", dir="/var/tmp"))
    try:
        monkeypatch.setattr(postgres_cluster, "_others_may_enter", lambda folder: False)
        monkeypatch.setattr(postgres_cluster, "home_folder", lambda: home)
        with postgres.running(watchdog, tmp_path / "log", 20) as one, psycopg.connect(one.url) as connection:
            assert home in one.binaries.parents
            assert connection.execute(f"SELECT count(*) FROM {postgres_schema.SCHEMA}.users".encode()).fetchone() == (
                1000,
            )
    finally:
        shutil.rmtree(home)
