"""What only lab 14's page has: who is busy, and what the guard would have said."""

from collections.abc import Iterator
from dataclasses import replace

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, rate
from labs.engine.judgement.guards import Guard, doubts
from labs.engine.results.result import Result, median_runs
from labs.lab14_generator.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

HEADINGS = (
    "variant", "throughput/s", "k6's CPU, cores", "of which it may use", "server's CPU, cores", "workers", "p50",
)  # fmt: skip


def who_is_busy(scale: Scale = "auto") -> str:
    """CPU of k6 and of the server beside the response time that k6 reports, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        m, variant = run.measurement, run.variant
        yield (
            name,
            rate(run.throughput_per_s),
            f"{m.generator.cpu_cores:.2f}",
            f"{variant.generator_cores or result.provenance.cores:g}",
            f"{m.server.cpu_cores:.2f}",
            variant.workers,
            duration(run.times.p50),
        )


def generator_guard(scale: Scale = "auto") -> str:
    """What the guard says of the runs whose generator was held to one core, had the lab not asked for that."""
    result = captured(LAB, scale)
    held = [
        replace(run, variant=replace(run.variant, generator_cores=None))
        for run in result.runs
        if run.variant.generator_cores == 1 and run.repeat == 0
    ]
    found = doubts(LAB, replace(result, runs=tuple(held)))
    said = [doubt.says for doubt in (*found.measurement, *found.noise) if doubt.guard is Guard.GENERATOR_SATURATED]
    return region(["```text", *(said or ["nothing: the generator was not saturated"]), "```"])
