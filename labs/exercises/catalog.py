"""Finds the exercises: every lab folder with an `exercise/exercise.py` that defines EXERCISE."""

from functools import cache
from importlib import import_module
from pathlib import Path

from labs import catalog
from labs.engine.declare.exercise import Exercise
from labs.engine.errors import UsageError


@cache
def exercises() -> tuple[Exercise, ...]:
    """Every exercise, in the order of its lab's number. Raises ValueError if folder and definition disagree."""
    found = []
    for lab in catalog.labs():
        if not (folder(lab.number) / "exercise.py").exists():
            continue
        one: Exercise = import_module(f"{package(lab.number)}.exercise").EXERCISE
        if one.lab != lab.number:
            raise ValueError(f"{folder(lab.number)} says that it belongs to lab {one.lab}")
        found.append(one)
    return tuple(found)


def exercise(number: int) -> Exercise:
    """The exercise of that lab. Raises UsageError, naming those there are."""
    for one in exercises():
        if one.lab == number:
            return one
    there_are = ", ".join(str(one.lab) for one in exercises())
    raise UsageError(f"lab {number} has no exercise to grade: choose from {there_are}")


def folder(number: int) -> Path:
    return catalog.folder(catalog.lab(number)) / "exercise"


def package(number: int) -> str:
    """The dotted name of the folder, from the checkout."""
    return f"labs.{catalog.lab(number).slug}.exercise"


def given(number: int) -> tuple[str, ...]:
    """The names of the services that come with an exercise: its starter, its solution, the wrong repairs."""
    wrong = (f"wrong_{one.file}" for one in exercise(number).wrong)
    return ("starter", "solution", *wrong)
