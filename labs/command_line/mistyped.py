"""What is said of a command that can't be read: one line that names what there is."""

from collections.abc import Iterable
from difflib import get_close_matches

from invoke.exceptions import ParseError

TAKES_AN_EXERCISE = ("exercise", "grade")
SHOWS_ALL = "invoke --list shows all"


def explained(error: ParseError, commands: Iterable[str]) -> str:
    """One line. `commands` are the names of those there are."""
    said, within = str(error), error.context.name if error.context else None
    if within in TAKES_AN_EXERCISE and "positional" in said:
        from labs.exercises import catalog

        numbers = ", ".join(str(one.lab) for one in catalog.exercises())
        return f"invoke {within} needs the number of an exercise: choose from {numbers}"
    if said.startswith("No idea what") and (typed := said.split("'")[1]) and not typed.startswith("-"):
        near = get_close_matches(typed, list(commands), n=1)
        return f"there's no command {typed!r}: " + (f"did you mean {near[0]}? " if near else "") + SHOWS_ALL
    said = said.removesuffix("!")
    return f"{said}: invoke --help {within} explains it" if within else f"{said}: {SHOWS_ALL}"
