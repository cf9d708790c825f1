"""Pure: targets, grades and progress in words, the same on the terminal and on a page."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from labs.engine.declare.exercise import Exercise, Target
from labs.engine.formatting import duration, rate, share, size
from labs.engine.judgement.guards import Guard
from labs.exercises.grade import Grade, Mark
from labs.exercises.progress import Done

_MORE_CPU = "Close other programs, or take a machine with more cores."
_LOG = "Read the server's log, in the newest folder below runs/."
FIXES: Mapping[Guard, str] = {
    Guard.ALL_FAILED: _LOG,
    Guard.WORKERS_DIED: _LOG,
    Guard.NOT_COMPUTABLE: _LOG,
    Guard.USERS_MISSING: "See what this machine lacks: invoke doctor.",
    Guard.K6_FAILED: "See what this machine lacks: invoke doctor.",
    Guard.DROPPED: _MORE_CPU,
    Guard.GENERATOR_SATURATED: _MORE_CPU,
    Guard.OTHERS_DISTURB: "Close other programs.",
    Guard.INTERRUPTED: "See whether some requests never end, and what they wait for.",
}
"""What helps where a run can't be graded. Another run is all that the guards without an entry need."""


def amount(value: float, target: Target) -> str:
    """A number with the target's unit: 98.7/s, 240 ms, 130 MB, 0%, 12."""
    match target.unit:
        case "per second":
            return f"{rate(value)}/s"
        case "seconds":
            return duration(value)
        case "bytes":
            return size(value)
        case "share":
            return share(value)
        case "count":
            return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def limits(target: Target) -> str:
    """ "at least 90/s", "at most 20 ms", "10 to 20"."""
    if target.at_least is not None and target.at_most is not None:
        return f"{amount(target.at_least, target)} to {amount(target.at_most, target)}"
    if target.at_least is not None:
        return f"at least {amount(target.at_least, target)}"
    assert target.at_most is not None, "a target without a limit"
    return "none" if target.at_most == 0 else f"at most {amount(target.at_most, target)}"


def lines(grade: Grade) -> Iterator[tuple[str, str]]:
    """What a grade says, line by line, each with its style."""
    for mark in grade.marks:
        yield from _mark(mark)
    for reason in grade.why:
        yield f"  {reason}", "yellow"
    if grade.why and (beyond := [mark.target.says for mark in grade.marks if mark.decisive]):
        yield f"  that alone doesn't explain what was measured here: {', '.join(beyond)}", "yellow"
    yield (
        _closing(grade),
        {"solved": "bold green", "not yet": "bold red", "inconclusive": "bold yellow"}[grade.standing],
    )


def _mark(mark: Mark) -> Iterator[tuple[str, str]]:
    seen = f"{mark.target.says}: {amount(mark.value, mark.target)} ({limits(mark.target)})"
    if mark.met:
        yield f"  met      {seen}", "green"
        return
    yield f"  not met  {seen}", "red"
    yield f"           {mark.target.otherwise}", ""


def _closing(grade: Grade) -> str:
    number = grade.exercise.lab
    if grade.standing == "solved":
        return f"exercise {number}: solved"
    if grade.standing == "inconclusive":
        fixes = dict.fromkeys(FIXES[guard] for guard in grade.guards if guard in FIXES)
        return " ".join((f"exercise {number}: inconclusive.", *fixes, f"Run it again: invoke grade {number}"))
    return f"exercise {number}: not yet. For a hint: invoke grade {number} --hint"


def task(exercise: Exercise) -> Iterator[str]:
    """What is asked for: the story, then every target."""
    yield exercise.story
    yield ""
    yield "It has to reach:"
    for target in exercise.targets:
        yield f"  {target.says}: {limits(target)}"


def last_hint(exercise: Exercise) -> str:
    return f'That was the last hint. The page of lab {exercise.lab} has a solution, under "Repair it".'


def standing(done: Done, begun: bool) -> str:
    """What it took so far: "3 tries", "2 tries, 1 hint", "begun", "not begun"."""
    parts = [_counted(done.tries, "try", "tries")] if done.tries else []
    parts += [_counted(done.hints, "hint", "hints")] if done.hints else []
    return ", ".join(parts) or ("begun" if begun else "not begun")


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def overview(order: Sequence[Exercise], known: Mapping[int, Done], begun: Collection[int]) -> Iterator[str]:
    """One line per exercise, in the order given, then what comes next; of those `begun` the learner has a file."""
    for one in order:
        done = known.get(one.lab, Done())
        mark = "solved" if done.solved_at else ""
        yield f"  {mark:6}  lab {one.lab:>2}  {one.title} ({standing(done, one.lab in begun)})"
    left = [one for one in order if known.get(one.lab, Done()).solved_at is None]
    solved = len(order) - len(left)
    yield f"{solved} of {len(order)} solved." + (f" Next: invoke exercise {left[0].lab}" if left else "")
