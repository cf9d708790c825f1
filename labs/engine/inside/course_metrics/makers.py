"""Who makes a lock or a semaphore: libraries make many, and those say nothing of what limits the service."""

import os
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NamedTuple
from weakref import WeakSet

from course_metrics import hooks, resources

MOST = 100  # of one place in the code: a service with a lock per key has thousands, and reading each costs time
LIBRARIES = {
    "aiohttp", "anyio", "asgiref", "asyncpg", "celery", "fastapi", "grpc", "gunicorn", "h11", "h2", "httpcore",
    "httptools", "httpx", "hypercorn", "kombu", "opentelemetry", "procrastinate", "prometheus_client", "psycopg",
    "psycopg2", "psycopg_pool", "pydantic", "pymongo", "redis", "requests", "sentry_sdk", "sqlalchemy", "starlette",
    "tornado", "trio", "urllib3", "uvicorn", "uvloop", "watchfiles", "websockets",
}  # fmt: skip
OWN = frozenset(os.environ.get("COURSE_METRICS_OWN", "").split())  # packages that are the service, though installed
BETWEEN = ("course_metrics", "contextlib", "dataclasses", "functools")  # who calls on behalf of another
INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep

_living: dict[str, "WeakSet[object]"] = {}  # what is noted of each place


class Maker(NamedTuple):
    function: str
    module: str
    file: str

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    @property
    def is_installed(self) -> bool:
        return any(part in self.file for part in INSTALLED)

    @property
    def is_standard(self) -> bool:
        """Whether the module is Python's own; what was never in a file is told by its name."""
        if not self.file:
            return self.package in sys.stdlib_module_names
        return self.file.startswith(STANDARD) and not self.is_installed

    @property
    def is_service(self) -> bool:
        """Whether the service's own modules make it: what is neither Python's nor installed, and what is named so."""
        return self.package in OWN or not (self.is_standard or self.is_installed)


def of(made: object = None) -> Maker:
    """The first function above that isn't a constructor of `made` itself."""
    frame: FrameType | None = sys._getframe(1)
    found = Maker("?", "?", "")
    while frame is not None:
        known = frame.f_globals
        found = Maker(frame.f_code.co_name, known.get("__name__", "?"), known.get("__file__") or "")
        constructs = found.function == "__init__" and made is not None and frame.f_locals.get("self") is made
        if found.package not in BETWEEN and not constructs:
            break
        frame = frame.f_back
    return found


def note(resource: object, kind: str, read: Callable[[Any], resources.Told], maker: Maker) -> None:
    """Note what `maker` made, unless so many from the same place live already: then say that they aren't read."""
    made_in = f"{maker.function} in {maker.module}"
    living = _living.setdefault(made_in, WeakSet())
    if len(living) < MOST:
        living.add(resource)
        resources.note(resource, kind, read, made_in)
    elif made_in not in hooks.failed:  # a new dictionary, since the writer may be reading this one
        hooks.failed = {**hooks.failed, made_in: f"more than {MOST} of kind {kind}: only the first are read"}


_wanted: dict[str, list[hooks.Then]] = {}


def after_import(name: str, then: hooks.Then) -> None:
    """As `hooks.after_import`, which keeps one for each name: here several may want the same module."""
    if name in sys.modules or name not in _wanted:
        _wanted[name] = [then]
        hooks.after_import(name, lambda module, wanted=_wanted[name]: _each(wanted, module))  # type: ignore[misc]
    else:
        _wanted[name].append(then)


def _each(wanted: Sequence[hooks.Then], module: Any) -> None:
    for then in wanted:
        hooks._try(then, module)


def after_new(kind: type, then: Callable[[Any], None]) -> None:
    """Call then(instance) with whatever `kind(...)` gives, where a class chooses another one to be made."""
    original: Callable[..., Any] = kind.__new__

    def new(cls: type, *arguments: Any, **named: Any) -> Any:
        made = original(cls, *arguments, **named)
        then(made)
        return made

    kind.__new__ = new  # type: ignore[method-assign,assignment]
