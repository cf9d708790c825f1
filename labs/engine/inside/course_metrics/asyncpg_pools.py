"""asyncpg's connection pools (tested with 0.32)."""

from types import ModuleType
from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import("asyncpg.pool", _watch)


def _watch(module: ModuleType) -> None:
    """A pool has no room for weak references, and what is noted must not be kept alive: a class that has some."""
    real: Any = vars(module)["Pool"]
    named = {"__slots__": ("__weakref__",), "__module__": real.__module__, "__doc__": real.__doc__}
    pool = type(real.__name__, (real,), named if "__weakref__" not in dir(real) else {**named, "__slots__": ()})
    hooks.after_init(pool, _note)
    vars(module)["Pool"] = pool


def _note(pool: Any) -> None:
    resources.note(pool, "connection pool", _read, resources.maker("asyncpg"))


def _read(pool: Any) -> resources.Told:
    """Places taken: a connection that is still being made for a request has one too."""
    queue = pool._queue
    if queue is None:  # not opened yet
        return pool._maxsize, 0, 0
    return pool._maxsize, pool._maxsize - queue.qsize(), len(queue._getters)
