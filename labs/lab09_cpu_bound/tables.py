"""The table that only lab 9's page has: what became of the jobs in the task queue."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import rate
from labs.engine.results.result import Result
from labs.lab09_cpu_bound.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

HEADINGS = (
    "variant", "repeat", "accepted", "waiting at the end", "begun", "begun per second", "the worker's CPU, cores",
)  # fmt: skip


def queued_jobs(scale: Scale = "auto") -> str:
    """Of every variant with a task queue: jobs accepted, waiting at the end, and so begun per second."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for run in result.runs:
        m, load = run.measurement, run.variant.load
        if m.jobs_waiting is None or m.sidecar is None:
            continue
        accepted = m.requests - m.failed
        begun = accepted - m.jobs_waiting
        yield (
            run.variant.name,
            run.repeat + 1,
            f"{accepted:,}",
            f"{m.jobs_waiting:,}",
            f"{begun:,}",
            rate(begun / (load.ramp_s + load.steady_s)),
            f"{m.sidecar.cpu_cores:.2f}",
        )
