"""What several commands need: a lab by its number, its reference, another program of this environment."""

import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Scale
from labs.engine.errors import UsageError
from labs.engine.results import store
from labs.engine.results.result import Result


def reference_for(lab: Lab, scale: Scale) -> Result | None:
    """The capture at a result's own scale if there is one, else the one at the post's."""
    folder = catalog.folder(lab)
    return store.reference(folder, scale) or store.reference(folder, "post")


def chosen_lab(number: str) -> Lab:
    """The lab that was asked for. Raises UsageError, naming those there are."""
    if not number.isdecimal():
        raise UsageError(f"--lab is the number of a lab, not {number!r}")
    return catalog.lab(int(number))


def module(c: Context, name: str, arguments: str, environment: dict[str, str] | None = None) -> None:
    """Run a module of this Python environment; its exit status becomes ours."""
    ended = c.run(f'"{sys.executable}" -m {name} {arguments}', env=environment or {}, in_stream=False, warn=True)
    if ended is None or ended.failed:
        raise Exit(code=ended.exited if ended else 1)


def program(c: Context, name: str) -> None:
    """Run a program of this Python environment that is no module."""
    ended = c.run(f'"{Path(sys.executable).with_name(name)}"', in_stream=False, warn=True)
    if ended is None or ended.failed:
        raise Exit(code=ended.exited if ended else 1)
