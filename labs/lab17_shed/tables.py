"""The table that only lab 17's page has: what became of the arrivals."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, share
from labs.engine.results.result import Result, median_runs
from labs.lab17_shed.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

HEADINGS = ("variant", "arrived", "served", "refused", "p50 of the served", "p95", "p99")


def arrivals_served(scale: Scale = "auto") -> str:
    """How many were refused, and how long the served ones took without the refusals, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        m, times = run.measurement, run.measurement.expected_time_s
        shown = (times.p50, times.p95, times.p99) if times else (None,) * 3
        yield (name, f"{m.requests:,}", f"{m.requests - m.failed:,}", share(m.failed_share), *map(duration, shown))
