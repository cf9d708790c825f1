"""redis-py's connection pools, sync and async (tested with 8.1).

Only the blocking ones wait: from the others a request that finds no connection gets an error at once.
"""

from typing import Any

from course_metrics import hooks, resources

UNBOUNDED = 2**31  # what redis-py before version 8 takes as no bound


def hook() -> None:
    hooks.after_import("redis.connection", lambda module: hooks.after_init(module.ConnectionPool, _note))
    hooks.after_import("redis.asyncio.connection", lambda module: hooks.after_init(module.ConnectionPool, _note_async))


def _note(pool: Any) -> None:
    resources.note(pool, "connection pool", _read, resources.maker("redis"))


def _note_async(pool: Any) -> None:
    resources.note(pool, "connection pool", _read_async, resources.maker("redis"))


def _size(pool: Any) -> int | None:
    return None if pool.max_connections >= UNBOUNDED else pool.max_connections


def _read(pool: Any) -> resources.Told:
    if hasattr(pool, "queue_class"):  # the blocking one: a queue with a place for every connection
        return _size(pool), pool.max_connections - len(pool.pool.queue), len(pool.pool.not_empty._waiters)
    return _size(pool), len(pool._in_use_connections), 0


def _read_async(pool: Any) -> resources.Told:
    condition = getattr(pool, "_condition", None)
    # who is notified waits a moment for the condition's own lock
    waiting = len(condition._waiters) + len(condition._lock._waiters or ()) if condition else 0
    return _size(pool), len(pool._in_use_connections), waiting
