"""SQLAlchemy's connection pools, QueuePool and its asyncio subclass (tested with SQLAlchemy 2.1).

The pool counts what is checked out, overflow included, and keeps no count of those who wait. The threads that wait
are in the condition of its queue, the tasks among the getters of its asyncio queue.
"""

from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import("sqlalchemy.pool.impl", lambda module: _notice(module.QueuePool))


def _notice(kind: Any) -> None:
    """Note every pool as it is made. Not in `__init__`: create_engine reads that one's arguments by their names."""

    def new(cls: Any, *_: Any, **__: Any) -> Any:
        pool = object.__new__(cls)
        resources.note(pool, "connection pool", _read, resources.maker("sqlalchemy"))
        return pool

    kind.__new__ = new


def _read(pool: Any) -> resources.Told:
    size = None if pool._max_overflow < 0 else pool.size() + pool._max_overflow
    if pool._is_asyncio and "_queue" not in vars(pool._pool):  # nobody has used it: its queue isn't made from here
        return size, 0, 0
    return size, pool.checkedout(), _waiting(pool._pool)


def _waiting(queue: Any) -> int | None:
    """Threads or tasks that wait for a connection; None where this version keeps them elsewhere."""
    if hasattr(queue, "not_empty"):
        waiters = getattr(queue.not_empty, "_waiters", None)
        return None if waiters is None else len(waiters)
    getters = getattr(queue._queue, "_getters", None)
    return None if getters is None else sum(not getter.done() for getter in list(getters))
