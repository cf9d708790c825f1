"""Finds the labs: every folder `labNN_mechanism` with a `lab.py` that defines LAB."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from labs.engine.declare.lab import Lab
from labs.engine.errors import UsageError

FOLDER = Path(__file__).parent
NAMED = re.compile(r"lab(\d\d)_[a-z0-9_]+")


@cache
def labs() -> tuple[Lab, ...]:
    """Every lab, in the order of its number. Raises ValueError if folder and definition disagree."""
    found = []
    for file in FOLDER.glob("lab*/lab.py"):
        slug = file.parent.name
        named = NAMED.fullmatch(slug)
        lab = import_module(f"labs.{slug}.lab").LAB
        if named is None or lab.slug != slug or lab.number != int(named[1]):
            raise ValueError(f"{file}: the folder must be named like the lab, labNN_mechanism, not {slug!r}")
        found.append(lab)
    return tuple(sorted(found, key=lambda lab: lab.number))


def lab(number: int) -> Lab:
    """The lab of that number. Raises UsageError, naming those there are."""
    for one in labs():
        if one.number == number:
            return one
    raise UsageError(f"there is no lab {number}: choose from {', '.join(str(one.number) for one in labs())}")


def folder(lab: Lab) -> Path:
    return FOLDER / lab.slug


def part(lab: Lab, name: str) -> ModuleType | None:
    """A module of the lab's folder besides its declaration, `tables` or `broken`; None where it has none."""
    return import_module(f"labs.{lab.slug}.{name}") if (folder(lab) / f"{name}.py").exists() else None
