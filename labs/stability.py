"""How often does a fresh run agree? Runs of every lab, kept one by one in committed data, and what they say together.

The file may hold runs of several machines; what they say together is said of each machine by itself. A run
that was disturbed counts like any other: whoever types `invoke lab1` has no other.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, log
from pathlib import Path
from statistics import mean, stdev

from pydantic import TypeAdapter, ValidationError

from labs import catalog
from labs.engine import paths
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Variant
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.harness import machine, quiet
from labs.engine.harness.fingerprint import fingerprint
from labs.engine.harness.overrides import Options
from labs.engine.harness.plan import make_plan
from labs.engine.judgement.outcome import Outcome
from labs.engine.judgement.verdict import judge
from labs.engine.results import store
from labs.engine.results.result import Result
from labs.engine.run import Progress, run_lab

FEWEST = 3  # runs, for a standard deviation that says anything
FILE = paths.DOCS / "data" / "stability.json"


@dataclass(frozen=True)
class FreshCheck:
    """A check of one fresh run: its value, the limits it was held against, and what came of it."""

    says: str
    value: float
    low: float | None
    high: float | None
    passed: bool


@dataclass(frozen=True)
class FreshRun:
    """One fresh run at the default size. `fingerprint` is of what executed; `others` what else ran before it began."""

    lab: int
    started_at: str
    commit: str
    fingerprint: str
    machine: str
    others: float
    outcome: Outcome
    reasons: tuple[str, ...]
    checks: tuple[FreshCheck, ...]


RUNS = TypeAdapter(tuple[FreshRun, ...])


def kept(path: Path = FILE) -> tuple[FreshRun, ...]:
    """Raises UsageError for a file that this code doesn't know."""
    try:
        return RUNS.validate_json(path.read_text(encoding="utf-8")) if path.exists() else ()
    except ValidationError as error:
        raise UsageError(f"{path} is not stability data: restore it with git checkout") from error


def run(labs: Sequence[Lab], times: int, minutes: float, progress: Progress, path: Path = FILE) -> None:
    """Bring each lab to `times` fresh runs of today's code on this machine, in turns, the fewest first.

    Each is kept before the next begins. Stopped and called again it goes on. Ends when `minutes` are over.
    """
    here, until_s = machine.key(), time.monotonic() + 60 * minutes
    while time.monotonic() < until_s:
        mine = by_machine(kept(path)).get(here, ())
        done = {lab.number: len(of_today(lab, mine, machine.cores())) for lab in labs}
        wanting = [lab for lab in labs if done[lab.number] < times]
        if not wanting:
            return
        lab = min(wanting, key=lambda one: done[one.number])
        progress.note(f"{lab.name}: fresh run {done[lab.number] + 1} of {times}")
        found = fresh(lab, quiet.wait(progress.note), progress)
        write_text(path, json.dumps(RUNS.dump_python((*kept(path), found), mode="json"), indent=1) + "\n")


def by_machine(runs: Sequence[FreshRun]) -> dict[str, tuple[FreshRun, ...]]:
    """The runs of each machine, in the order in which machines came."""
    names = dict.fromkeys(one.machine for one in runs)
    return {name: tuple(one for one in runs if one.machine == name) for name in names}


def fresh(lab: Lab, others: float, progress: Progress) -> FreshRun:
    """Run a lab as `invoke labN` does, and keep what its verdict says."""
    result, _ = run_lab(make_plan(lab, Options()), progress)
    verdict = judge(lab, result)
    origin = result.provenance
    return FreshRun(
        lab=lab.number,
        started_at=origin.started_at,
        commit=origin.commit,
        fingerprint=origin.fingerprint,
        machine=machine.key(),
        others=round(others, 4),
        outcome=verdict.outcome,
        reasons=verdict.reasons,
        checks=tuple(FreshCheck(c.says, c.value, c.low, c.high, c.passed) for c in verdict.checks),
    )


def of_today(lab: Lab, runs: Sequence[FreshRun], cores: float) -> list[FreshRun]:
    """The runs of a lab whose code is today's, on a machine of so many cores, held against today's claim."""
    rows = lab.rows("auto", Machine(cores))
    today = fingerprint(rows)
    own = (one for one in runs if one.lab == lab.number and one.fingerprint == today)
    return [judged for one in own if (judged := _held_against_today(lab, rows, one))]


def _held_against_today(lab: Lab, rows: Sequence[Variant], run: FreshRun) -> FreshRun | None:
    """The run with today's limits. None where it was held against a check that is gone, or where only an interval
    says whether a new limit is kept: of the rows that ran in turns no more than the median is known.

    A check that's newer than the run says nothing of it.
    """
    limits = {check.says: (check.at_least, check.at_most) for check in lab.checks}
    against_ceilings = tuple(f"throughput of {row.name} / prediction by " for row in rows if row.judged)
    if not all(one.says in limits or one.says.startswith(against_ceilings) for one in run.checks):
        return None
    checks = tuple(_with_limits(one, *limits.get(one.says, (one.low, one.high))) for one in run.checks)
    if checks == run.checks or run.outcome == "inconclusive":
        return replace(run, checks=checks)
    if lab.segments > 1:
        return None
    return replace(run, checks=checks, outcome="reproduced" if all(one.passed for one in checks) else "not reproduced")


def _with_limits(check: FreshCheck, low: float | None, high: float | None) -> FreshCheck:
    if (low, high) == (check.low, check.high):
        return check
    passed = (low is None or low <= check.value) and (high is None or check.value <= high)
    return replace(check, low=low, high=high, passed=passed)


# --- what they say together --------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """Of one lab: its page's verdict, the fresh runs, how many agree, how many were inconclusive."""

    lab: Lab
    page: Outcome
    runs: int
    agree: int
    inconclusive: int


@dataclass(frozen=True)
class Spread:
    """Of one check over the fresh runs: its values' range, and how far its nearest limit lies from their mean.

    `deviations` are standard deviations of the logarithm; inf where all values are the same, there are too few, or
    there is no limit.
    """

    lab: Lab
    says: str
    runs: int
    low: float
    high: float
    passed: int
    deviations: float


def agreements(runs: Sequence[FreshRun]) -> Iterator[Agreement]:
    """Every lab that has fresh runs of today's code, with the verdict of its captured run at the default size."""
    for lab, captured, mine in _compared(runs):
        page = judge(lab, captured).outcome
        agree = sum(one.outcome == page for one in mine)
        yield Agreement(lab, page, len(mine), agree, sum(one.outcome == "inconclusive" for one in mine))


def _compared(runs: Sequence[FreshRun]) -> Iterator[tuple[Lab, Result, list[FreshRun]]]:
    for lab in catalog.labs():
        captured = store.reference(catalog.folder(lab), "auto")
        if captured and (mine := of_today(lab, runs, captured.provenance.cores)):
            yield lab, captured, mine


def spreads(runs: Sequence[FreshRun]) -> Iterator[Spread]:
    """Every check of those labs, in the order in which the verdict names them."""
    for lab, _, mine in _compared(runs):
        found: dict[str, list[FreshCheck]] = {}
        for one in mine:
            for check in one.checks:
                found.setdefault(check.says, []).append(check)
        for says, checks in found.items():
            values = [check.value for check in checks]
            passed = sum(check.passed for check in checks)
            yield Spread(lab, says, len(values), min(values), max(values), passed, deviations(checks))


def deviations(checks: Sequence[FreshCheck]) -> float:
    """The distance of the nearest limit from the mean of the values, in standard deviations of their logarithms."""
    values = [check.value for check in checks]
    if len(values) < FEWEST or min(values) <= 0:
        return inf
    logs = [log(value) for value in values]
    limits = [limit for limit in (checks[-1].low, checks[-1].high) if limit]
    apart = min((abs(log(limit) - mean(logs)) for limit in limits), default=inf)
    return apart / stdev(logs) if stdev(logs) > 0 else inf
