"""Waits for the database that DATABASE_URL names and makes our schema and role in it: an init container's program."""

import os
import time

import psycopg

from labs.engine.harness import postgres_schema

WITHIN_S = 120.0


def main() -> None:
    url, deadline = os.environ["DATABASE_URL"], time.monotonic() + WITHIN_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            break
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"the database was not ready in {WITHIN_S:.0f} s: {error}") from error
            time.sleep(1)
    postgres_schema.ensure_schema(url)
    postgres_schema.ensure_role(url)


if __name__ == "__main__":
    main()
