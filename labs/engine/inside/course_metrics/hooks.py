"""Does something to a module as soon as it has been imported, or now if it has been; never fails its import."""

import functools
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

Then = Callable[[ModuleType], None]

failed: dict[str, str] = {}  # why a hook had no effect, by the module's name: what it would have seen is unknown


class _Finder(MetaPathFinder):
    def __init__(self) -> None:
        self.wanted: dict[str, Then] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self.wanted:
            return None
        then = self.wanted.pop(name)  # the search below asks this finder too
        spec = find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def executed(module: ModuleType) -> None:
            execute(module)
            _try(then, module)

        spec.loader.exec_module = executed  # type: ignore[method-assign]
        return spec


_finder = _Finder()


def after_import(name: str, then: Then) -> None:
    """Call then(module) once the module of that name has been executed."""
    if name in sys.modules:
        _try(then, sys.modules[name])
        return
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _finder.wanted[name] = then


def after_init(kind: type, then: Callable[[Any], None]) -> None:
    """Call then(instance) at the end of every construction of the class `kind`."""
    original = kind.__init__  # type: ignore[misc]

    @functools.wraps(original)
    def init(self: object, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        then(self)

    kind.__init__ = init  # type: ignore[misc]


def _try(then: Then, module: ModuleType) -> None:
    try:
        then(module)
    except Exception as error:  # a service must start, whatever has changed in its libraries
        failed[module.__name__] = f"{type(error).__name__}: {error}"
