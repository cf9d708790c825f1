"""Our schema and our ordinary role in a database, and nothing outside them."""

import hashlib

import psycopg

from labs.engine.errors import UsageError
from labs.engine.paths import APP

SCHEMA_SQL = APP / "schema.sql"
SCHEMA = "fastapi_under_load"
JOBS = f"{SCHEMA}.procrastinate_jobs"  # made by a task worker, if a variant has one
ROLE = "app"  # an ordinary role: superusers may use the connections that PostgreSQL keeps in reserve


def ensure_schema(url: str) -> None:
    """Create our schema if it is not there or was made by other SQL; touch nothing outside it.

    The comment on a schema of ours is the hash of the SQL that made it. Raises UsageError.
    """
    sql = SCHEMA_SQL.read_text()
    made_by = hashlib.sha256(sql.encode()).hexdigest()
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.execute(
                "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [SCHEMA]
            ).fetchone()
            if found and found[0] == made_by:
                return
            if found and not _is_a_hash(found[0] or ""):
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


def _is_a_hash(comment: str) -> bool:
    return len(comment) == 64 and set(comment) <= set("0123456789abcdef")


def ensure_role(url: str) -> None:
    with psycopg.connect(url) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        connection.execute(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {ROLE}".encode())
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {ROLE}".encode())


def jobs_waiting(url: str) -> int | None:
    """Jobs in the task queue that no worker has begun. None where there is no task queue."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [JOBS]).fetchone()
        if not found or not found[0]:
            return None
        counted = connection.execute(f"SELECT count(*) FROM {JOBS} WHERE status = 'todo'".encode()).fetchone()
        return int(counted[0]) if counted else None
