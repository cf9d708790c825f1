"""How often a fresh run agrees with the page: two tables from the fresh runs that were kept."""

from collections.abc import Callable
from math import isinf

from labs import stability
from labs.engine import formatting
from labs.engine.formatting import NONE
from labs.pages.markdown import region, table
from labs.stability import FreshRun, Spread

FAR = 20  # standard deviations: beyond it a figure says no more than "far"
NOTHING = "There are no fresh runs of today's code yet. `invoke stability` makes them."


def agreement() -> str:
    """Per machine and lab: how many fresh runs gave the page's verdict, and how many were inconclusive."""
    headings = ("lab", "the page's verdict", "fresh runs", "of them agree", "inconclusive")
    return _of_each_machine(headings, lambda runs: [
        (f"[{one.lab.name} {one.lab.title}](labs/lab{one.lab.number:02d}.md)", one.page, one.runs, one.agree,
         one.inconclusive)
        for one in stability.agreements(runs)
    ])  # fmt: skip


def spread() -> str:
    """Per machine and check: what it came out as, and how far its nearest limit lies from the mean."""
    headings = ("lab", "check", "came out as", "passed", "nearest limit, standard deviations away")
    return _of_each_machine(headings, lambda runs: [
        (one.lab.name, one.says, formatting.spread((one.low, one.high)), f"{one.passed} of {one.runs}", _distance(one))
        for one in stability.spreads(runs)
    ])  # fmt: skip


def _distance(of: Spread) -> str:
    if isinf(of.deviations):
        return NONE
    return f"over {FAR}" if of.deviations > FAR else f"{of.deviations:.1f}"


def _of_each_machine(
    headings: tuple[str, ...], rows: Callable[[tuple[FreshRun, ...]], list[tuple[object, ...]]]
) -> str:
    lines: list[str] = []
    for name, runs in stability.by_machine(stability.kept()).items():
        if found := rows(runs):
            lines += [
                f"On {name}. The last run was on {runs[-1].started_at[:10]}.",
                "",
                *table(headings, found, words=2),
                "",
            ]
    return region(lines or [NOTHING])
