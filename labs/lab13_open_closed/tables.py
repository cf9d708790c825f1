"""The table that only lab 13's page has: how long the slowest requests took."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration
from labs.engine.results.result import Result, median_runs
from labs.lab13_open_closed.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

HEADINGS = ("variant", "requests", "p50", "p90", "p95", "p99", "max")


def tails(scale: Scale = "auto") -> str:
    """Requests and the high percentiles of every variant, in its median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        times = run.measurement.response_time_s
        shown = (times.p50, times.p90, times.p95, times.p99, times.max)
        yield (name, f"{run.measurement.requests:,}", *map(duration, shown))
