"""What only lab 4's page has: what its view shows, and whether every worker had its share of the load."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, rate
from labs.engine.results.result import Result
from labs.lab04_mixed_def.lab import LAB, READY
from labs.pages.captured import captured
from labs.pages.markdown import region, table
from labs.pages.regions.mechanism import View

VIEW = View(variants=(READY,), sliders=("waits", "tokens", "vus", "workers"), at_s=2.0)

HEADINGS = (
    "variant", "repeat", "throughput/s", "fastest response", "workers that responded", "fewest responses",
    "most responses",
)  # fmt: skip


def responses_per_worker(scale: Scale = "post") -> str:
    """How the responses spread over the workers, by the workers' own count, and the fastest response."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for run in result.runs:
        m, counts = run.measurement, run.measurement.worker_responses
        yield (
            run.variant.name,
            run.repeat + 1,
            rate(run.throughput_per_s),
            duration(m.response_time_s.min),
            f"{sum(count > 0 for count in counts)} of {run.variant.workers}",
            f"{min(counts, default=0):,}",
            f"{max(counts, default=0):,}",
        )
