"""asyncio's, threading's and AnyIO's semaphores (Python 3.10 to 3.13, AnyIO 4.16), but not what libraries make.

A semaphore's size is its first value: one that begins at 0 is a signal and holds nothing. One that was
released more often than taken isn't of that size any more, and its size is unknown from then on.
"""

from collections.abc import Callable
from typing import Any

from course_metrics import hooks, makers, resources


def hook() -> None:
    makers.after_import("asyncio.locks", lambda module: hooks.after_init(module.Semaphore, _asyncio))
    makers.after_import("threading", lambda module: hooks.after_init(module.Semaphore, _threading))
    makers.after_import("anyio._core._synchronization", lambda module: makers.after_new(module.Semaphore, _anyio))


def _asyncio(semaphore: Any) -> None:
    # a waiter that was woken counts until its task runs
    _note(semaphore, lambda one: one._value, lambda one: len(one._waiters or ()))


def _threading(semaphore: Any) -> None:
    _note(semaphore, lambda one: one._value, lambda one: len(one._cond._waiters))


def _anyio(semaphore: Any) -> None:
    _note(semaphore, lambda one: one.value, lambda one: one.statistics().tasks_waiting)


def _note(semaphore: Any, free: Callable[[Any], int], waiting: Callable[[Any], int]) -> None:
    first, maker = free(semaphore), makers.of(semaphore)
    if first < 1 or maker.is_library:
        return

    def read(one: Any) -> resources.Told:
        left = free(one)
        return (first, first - left, waiting(one)) if left <= first else (None, None, waiting(one))

    makers.note(semaphore, "semaphore", read, maker)
