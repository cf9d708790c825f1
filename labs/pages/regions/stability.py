"""How often a fresh run agrees with the page: two tables from the fresh runs that were kept."""

from math import isinf

from labs import stability
from labs.engine.formatting import NONE
from labs.pages.markdown import region, table

NOTHING = "No fresh run of today's code has been kept yet: `invoke stability` makes them."


def agreement() -> str:
    """Per lab: how many fresh runs gave the page's verdict, and how many were inconclusive."""
    rows = [
        (f"[{one.lab.name} {one.lab.title}](labs/lab{one.lab.number:02d}.md)", one.page, one.runs, one.agree,
         one.inconclusive)
        for one in stability.agreements(stability.kept())
    ]  # fmt: skip
    headings = ("lab", "the page's verdict", "fresh runs", "that agree", "inconclusive")
    return region(table(headings, rows, words=2) if rows else [NOTHING])


def spread() -> str:
    """Per check: what it came out as, and how far its nearest limit lies from the mean."""
    rows = [
        (one.lab.name, one.says, f"{one.low:.3g} to {one.high:.3g}", f"{one.passed} of {one.runs}",
         NONE if isinf(one.deviations) else f"{one.deviations:.1f}")
        for one in stability.spreads(stability.kept())
    ]  # fmt: skip
    headings = ("lab", "check", "came out as", "passed", "nearest limit, standard deviations away")
    return region(table(headings, rows, words=2) if rows else [NOTHING])


def machine() -> str:
    """The machine that the fresh runs are of."""
    kept = stability.kept()
    said = f"All on one machine: {kept[0].machine}; the last on {kept[-1].started_at[:10]}." if kept else NOTHING
    return region([said])
