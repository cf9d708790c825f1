"""A lab's manifests, run as processes of this machine, and judged from what they left."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from labs.engine.harness import postgres, postgres_schema
from labs.engine.harness.processes import watched
from tests.conftest import ROOT, Invoked
from tests.elsewhere_here import run_row


def test_what_the_manifests_start_is_judged_from_the_files_that_it_leaves(
    invoke: Callable[..., Invoked], port: int, tmp_path: Path
) -> None:
    folder = tmp_path / "lab2"
    invoke("manifests", "--lab", "2", "--scale", "smoke", "--generators", "2", "--vus", "30", "--to", str(folder))
    run_row(folder, tmp_path / "volumes", "lab2-01", port)
    judged = invoke("judge", str(folder), "--json")
    (row,) = judged.json["variants"]
    assert (judged.status, judged.json["inconclusive_because"]) == (20, ["smoke"])
    assert row["throughput_per_s"] > 0 and row["requests"] == sum(one["requests"] for one in row["generators"])
    assert judged.json["experiment"] and row["vus"] == 30 and row["server_rss_bytes"] > 0
    assert row["generator_cpu_cores"] is row["generators"][0]["cpu_cores"] is row["other_cpu_cores"] is None
    assert "the generators' CPU wasn't measured" in judged.err

    (folder / "results" / "lab2-01.service.ndjson").unlink()
    (folder / "results" / "lab2-01-2.k6.txt").unlink()
    less = invoke("judge", str(folder), "--json")
    (blind,) = less.json["variants"]
    assert blind["server_rss_bytes"] is blind["server_cpu_cores"] is None
    assert "the service wasn't watched" in less.err and "interrupted requests weren't counted" in less.err

    (folder / "results" / "lab2-01-2.requests.json.gz").unlink()
    none = invoke("judge", str(folder))
    assert none.status == 2 and "generator 2 of 2 left no such file" in none.err


def test_the_schema_is_made_before_the_service_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "log", 20) as database:
        administrator = database.url.replace(f"user={postgres_schema.ROLE}", "user=postgres")
        with psycopg.connect(administrator) as connection:
            connection.execute(f"DROP SCHEMA {postgres_schema.SCHEMA} CASCADE".encode())
        subprocess.run(
            [sys.executable, "-m", "labs.elsewhere.prepare"],
            env=os.environ | {"DATABASE_URL": administrator},
            cwd=ROOT,
            check=True,
            timeout=60,
        )
        with psycopg.connect(database.url) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = %s", [postgres_schema.SCHEMA]
            ).fetchone()
    assert tables is not None and tables[0] > 0
