"""Locks that the service's own modules make: asyncio's, AnyIO's and threading's (Python 3.10 to 3.13, AnyIO 4.16).

A lock of `threading` doesn't tell who waits for it, so the service gets one that does; everybody else gets the
real one, as ever.
"""

import _thread
from collections.abc import Callable
from types import ModuleType
from typing import Any

from course_metrics import hooks, makers, resources


def hook() -> None:
    makers.after_import("asyncio.locks", lambda module: hooks.after_init(module.Lock, _asyncio))
    makers.after_import("anyio._core._synchronization", lambda module: makers.after_new(module.Lock, _anyio))
    makers.after_import("threading", _threading)


def _asyncio(lock: Any) -> None:
    _note(lock, lambda one: (1, int(one._locked), len(one._waiters or ())))


def _anyio(lock: Any) -> None:
    _note(lock, lambda one: (1, int(one.locked()), one.statistics().tasks_waiting))


def _note(lock: Any, read: Callable[[Any], resources.Told]) -> None:
    maker = makers.of(lock)
    if maker.is_service:
        makers.note(lock, "lock", read, maker)


class Watched:
    """A lock of `threading` that knows which threads wait for it. What it hasn't got itself, the real one has."""

    __slots__ = ("__weakref__", "_lock", "_waiting", "release")

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._waiting: set[int] = set()  # threads
        self.release: Callable[[], None] = lock.release

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        lock = self._lock
        if not blocking or timeout == 0:
            return lock.acquire(blocking, timeout)  # type: ignore[no-any-return]
        if lock.acquire(False):
            return True
        thread = _thread.get_ident()
        self._waiting.add(thread)
        try:
            return lock.acquire(True, timeout)  # type: ignore[no-any-return]
        finally:
            self._waiting.discard(thread)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __getattr__(self, name: str) -> Any:
        if name == "_lock":  # a copy that is being made has none yet
            raise AttributeError(name)
        return getattr(self._lock, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._lock.__reduce_ex__(protocol)  # which refuses: a lock can't be copied or pickled

    def __repr__(self) -> str:
        return repr(self._lock)


def _read(lock: Watched) -> resources.Told:
    # before Python 3.14 an RLock says only in words whether it is held
    return 1, int(repr(lock._lock).startswith("<locked")), len(lock._waiting)


def _threading(module: ModuleType) -> None:
    known = vars(module)
    known["Lock"] = _factory("Lock", type(_thread.allocate_lock()), known["Lock"])
    known["RLock"] = _factory("RLock", type(known["RLock"]()), known["RLock"])


def _factory(name: str, real: type, make: Callable[..., Any]) -> type:
    """In the place of threading.Lock or RLock: a class, since from Python 3.13 on code may ask isinstance of it."""

    class Kind(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, real) or (type(one) is Watched and isinstance(one._lock, real))

    def new(cls: type, *arguments: Any, **named: Any) -> Any:
        maker = makers.of()
        if not maker.is_service:  # every future of an executor has one
            return make(*arguments, **named)
        watched = Watched(make(*arguments, **named))
        makers.note(watched, "lock", _read, maker)
        return watched

    return Kind(name, (), {"__new__": new, "__module__": "threading", "__doc__": make.__doc__})
