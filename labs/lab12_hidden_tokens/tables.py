"""The table that only lab 12's page has: how evenly the responses came."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration
from labs.engine.results.result import Result, median_runs
from labs.lab12_hidden_tokens.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

HEADINGS = ("variant", "fastest", "p50", "busiest second", "seconds without a response")


def response_bursts(scale: Scale = "auto") -> str:
    """Fastest and median expected response; seconds of the load with most and with none, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        load, times = run.variant.load, run.measurement.expected_time_s
        during = run.measurement.timeline.expected_per_s[: int(load.ramp_s + load.steady_s)]
        yield (
            name,
            duration(times.min if times else None),
            duration(times.p50 if times else None),
            f"{max(during, default=0):,}",
            f"{sum(count == 0 for count in during)} of {len(during)}",
        )
