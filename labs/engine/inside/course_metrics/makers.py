"""Who makes a lock or a semaphore: libraries make many, and those say nothing of what limits the service."""

import os
import sys
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any
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
MOST_MAKERS = 10_000  # code that is made while the service runs is forgotten with it
BETWEEN = ("course_metrics", "contextlib", "dataclasses", "functools")  # who calls on behalf of another
INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


class Maker:
    """A function that makes resources: of one code, whoever calls it."""

    __slots__ = ("constructs", "is_between", "is_library", "is_service", "living", "made_in")

    def __init__(self, function: str, module: str, file: str) -> None:
        package = module.partition(".")[0]
        installed = any(part in file for part in INSTALLED)
        # what was never in a file is told by its name
        standard = file.startswith(STANDARD) and not installed if file else package in sys.stdlib_module_names
        own = package in OWN
        self.made_in = f"{function} in {module}"
        self.constructs = function == "__init__"
        self.is_between = package in BETWEEN
        self.is_library = not own and (standard or package in LIBRARIES)  # Python's own or a well-known one
        self.is_service = own or not (standard or installed)
        self.living: WeakSet[object] = WeakSet()  # what is noted of it


_makers: dict[CodeType, Maker] = {}


def of(made: object = None) -> Maker:
    """The first function above that isn't a constructor of `made` itself."""
    frame: FrameType | None = sys._getframe(1)
    found = None
    while frame is not None:
        found = _makers.get(frame.f_code) or _met(frame)
        constructs = found.constructs and made is not None and frame.f_locals.get("self") is made
        if not (found.is_between or constructs):
            break
        frame = frame.f_back
    return found or Maker("?", "?", "")


def _met(frame: FrameType) -> Maker:
    known = frame.f_globals
    maker = Maker(frame.f_code.co_name, known.get("__name__", "?"), known.get("__file__") or "")
    if len(_makers) < MOST_MAKERS:
        _makers[frame.f_code] = maker
    return maker


def note(resource: object, kind: str, read: Callable[[Any], resources.Told], maker: Maker) -> None:
    """Note what `maker` made, unless so many from the same place live already: then say that they aren't read."""
    if len(maker.living) < MOST:
        maker.living.add(resource)
        resources.note(resource, kind, read, maker.made_in)
    elif maker.made_in not in hooks.failed:  # a new dictionary, since the writer may be reading this one
        hooks.failed = {**hooks.failed, maker.made_in: f"more than {MOST} of kind {kind}: only the first are read"}


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
