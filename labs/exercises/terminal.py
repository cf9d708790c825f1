"""What `invoke exercise`, `invoke grade` and `invoke progress` do and print."""

from collections.abc import Sequence

from rich.console import Console

from labs.engine.declare.exercise import Exercise
from labs.engine.errors import UsageError
from labs.engine.harness import overrides
from labs.engine.paths import shown
from labs.engine.show.progress import LiveProgress
from labs.exercises import catalog, progress, words, yours
from labs.exercises.grade import Grade, Standing, grade

STATUS: dict[Standing, int] = {"solved": 0, "not yet": 10, "inconclusive": 20}


def chosen(number: str) -> Exercise:
    """Raises UsageError, naming the exercises there are."""
    if not number.isdecimal():
        raise UsageError(f"an exercise is named by its lab's number, like 5, not {number!r}")
    return catalog.exercise(int(number))


def begin(number: str, fresh: bool, out: Console) -> None:
    """Write the starter, and say what is asked for."""
    exercise = chosen(number)
    file, kept = yours.begin(exercise, fresh)
    if kept:
        out.print(f"yours is kept as {shown(kept)}", style="dim")
    out.print(f"[bold]{exercise.title}[/bold]")
    out.print("\n".join(words.task(exercise)), soft_wrap=True, markup=False)
    out.print(f"\nEdit {shown(file)}, then: [bold]invoke grade {exercise.lab}[/bold]")


def hint(number: str, out: Console) -> None:
    """The next hint; nothing runs."""
    exercise = chosen(number)
    place, text = progress.next_hint(exercise)
    out.print(f"hint {place} of {len(exercise.hints)}: {text}", soft_wrap=True, markup=False)
    if place == len(exercise.hints):
        out.print(words.last_hint(exercise), soft_wrap=True, markup=False)


def run(number: str, port: str, out: Console, err: Console) -> int:
    """Grade the learner's file; returns the exit status. Raises UsageError."""
    exercise = chosen(number)
    file, at = yours.path(exercise), overrides.parse({"port": port}).port
    if not file.exists():
        raise UsageError(f"{shown(file)} isn't there yet: invoke exercise {exercise.lab} writes it")
    workers = yours.workers(yours.module(exercise))
    err.print(f"[bold]exercise {exercise.lab}: {exercise.title}[/bold]")
    with LiveProgress(err, predicts=False) as live:
        given = grade(exercise, yours.module(exercise), workers, at, live)
    if given.standing != "inconclusive":
        progress.tried(exercise, solved=given.standing == "solved")
    show(given, out)
    return STATUS[given.standing]


def show(given: Grade, out: Console) -> None:
    out.print()
    for text, style in words.lines(given):
        out.print(text, style=style or None, soft_wrap=True, markup=False)


def overview(order: Sequence[int], out: Console) -> None:
    """What is done and what comes next; `order`: the labs' numbers along the chosen path."""
    there = {one.lab: one for one in catalog.exercises()}
    along = [there[number] for number in order if number in there]
    begun = [one.lab for one in along if yours.path(one).exists()]
    out.print("\n".join(words.overview(along, progress.read(), begun)), soft_wrap=True, markup=False)
