"""psycopg's connection pools, sync and async (tested with psycopg-pool 3.3)."""

from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import("psycopg_pool.base", lambda module: hooks.after_init(module.BasePool, _note))


def _note(pool: Any) -> None:
    resources.note(pool, "connection pool", _read, resources.maker("psycopg_pool"))


def _read(pool: Any) -> resources.Told:
    told = pool.get_stats()
    return told["pool_max"], told["pool_size"] - told["pool_available"], told["requests_waiting"]
