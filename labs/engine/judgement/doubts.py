"""Pure: what speaks against a result. Every guard looks at every run, and its sentences are put in order."""

from dataclasses import dataclass

from labs.engine.declare.lab import Lab
from labs.engine.judgement.guards import Guard, When
from labs.engine.judgement.scope import Context, clock_decides, is_judged, is_read
from labs.engine.results.result import Result


@dataclass(frozen=True)
class Doubt:
    """One guard that tripped."""

    guard: Guard
    says: str


@dataclass(frozen=True)
class Doubts:
    """`measurement`: the numbers cannot be used. `noise`: they can, but a failed check proves nothing."""

    measurement: tuple[Doubt, ...]
    noise: tuple[Doubt, ...]


# what a guard found: itself, the row (None: about the whole lab), its repeat from 1, the sentence
_Found = tuple[Guard, str | None, int, str]


def doubts(lab: Lab, result: Result) -> Doubts:
    """Everything that speaks against the runs that are judged or that a check reads."""
    measurement: list[_Found] = []
    noise: list[_Found] = []
    for context in (Context(lab, result, run) for run in result.runs):
        run = context.run
        if run.measurement.start_error is not None:
            continue  # allowed to fail, and did: the lab's checks say what that means
        read = is_read(lab, run)
        disturbing = noise if clock_decides(lab, result, run) else measurement
        kinds = {
            When.ALWAYS: measurement,
            When.JUDGED: measurement if is_judged(run) else None,
            When.READ: measurement if read else None,
            When.DISTURBANCE: disturbing if is_judged(run) or read else None,
            When.EXCUSE: noise,
        }
        for guard in Guard:
            into = kinds[guard.value.when]
            if into is not None and (found := guard.value.finds(context)):
                row = None if guard is Guard.OTHER_SYSTEM else run.variant.name
                into.append((guard, row, run.repeat + 1, found))
    return Doubts(_in_order(measurement), _in_order(noise))


def _in_order(found: list[_Found]) -> tuple[Doubt, ...]:
    """Each sentence once; what is about the whole lab before what is about one row.

    Where a guard's sentences on the repeats of a row differ, each names its repeats.
    """
    told: dict[tuple[Guard, str | None], dict[str, list[str]]] = {}
    for guard, row, repeat, says in found:
        told.setdefault((guard, row), {}).setdefault(says, []).append(str(repeat))
    doubts = []
    for (guard, row), sentences in told.items():
        for says, repeats in sentences.items():
            which = f", repeat{'s' if len(repeats) > 1 else ''} {', '.join(repeats)}" if len(sentences) > 1 else ""
            doubts.append(Doubt(guard, f"{row}{which}: {says}" if row else says))
    return tuple(sorted(doubts, key=lambda doubt: doubt.guard is not Guard.OTHER_SYSTEM))
