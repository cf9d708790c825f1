"""The learner's own files, below `exercises/` in the checkout: written once, never overwritten."""

import ast
from pathlib import Path

from labs.engine.declare.exercise import Exercise
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.paths import ROOT, shown
from labs.exercises import catalog

FOLDER = ROOT / "exercises"
WORKERS = "WORKERS"
MOST_WORKERS = 16


def path(exercise: Exercise) -> Path:
    return FOLDER / f"lab{exercise.lab:02d}.py"


def module(exercise: Exercise) -> str:
    """The dotted name of the learner's file, from the checkout."""
    return f"{FOLDER.name}.{path(exercise).stem}"


def begin(exercise: Exercise, fresh: bool = False) -> tuple[Path, Path | None]:
    """Write the starter; returns its path, and where the learner's former version now is.

    Raises UsageError where there is one already, unless a `fresh` one is asked for: then the old one is kept.
    """
    file, kept = path(exercise), None
    if file.exists():
        if not fresh:
            raise UsageError(
                f"{shown(file)} is there already, and it's yours: invoke grade {exercise.lab}. "
                f"To begin anew: invoke exercise {exercise.lab} --fresh (yours is kept beside it)"
            )
        kept = _free(file)
        file.rename(kept)
    write_text(file, (catalog.folder(exercise.lab) / "starter.py").read_text(encoding="utf-8"))
    return file, kept


def _free(file: Path) -> Path:
    """The first free name beside a file: lab05.1.py, lab05.2.py …"""
    number = 1
    while (beside := file.with_suffix(f".{number}.py")).exists():
        number += 1
    return beside


def workers(module: str) -> int:
    """The WORKERS of a service, a whole number at the top of its file; 1 where it says nothing.

    The file isn't imported: uvicorn does that. Raises UsageError, with the line, for what can't be read.
    """
    file = ROOT / f"{module.replace('.', '/')}.py"
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    except SyntaxError as error:
        raise UsageError(f"{shown(file)}, line {error.lineno}: {error.msg}") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == WORKERS for t in node.targets):
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_WORKERS:
                raise UsageError(
                    f"{shown(file)}, line {node.lineno}: WORKERS is a whole number from 1 to {MOST_WORKERS}"
                )
            return value
    return 1
