"""The table that only lab 8's page has: what every worker brought and what it took."""

from collections.abc import Iterator

from labs.engine.declare.endpoints import COMPUTE_INLINE, SYNC_SLEEP
from labs.engine.declare.service import Scale
from labs.engine.formatting import rate, size
from labs.engine.results.result import Result, Run, median_runs
from labs.lab08_more_workers.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

ENDPOINTS = {SYNC_SLEEP.path: "def", COMPUTE_INLINE.path: "compute"}
HEADINGS = ("endpoint", "W", "throughput/s", "times its first row", "by theory", "server memory", "per worker")


def sweep_of_workers(scale: Scale = "auto") -> str:
    """Throughput against the first row of the same endpoint, measured and by theory; memory of the server."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    first: dict[str, Run] = {}
    for run in median_runs(result).values():
        path, workers = run.variant.endpoint.path, run.variant.workers
        base = first.setdefault(path, run)
        memory = run.measurement.server.rss_bytes
        yield (
            ENDPOINTS[path],
            workers,
            rate(run.throughput_per_s),
            f"{run.throughput_per_s / base.throughput_per_s:.2f}",
            f"{_theory_per_s(run) / _theory_per_s(base):.2f}",
            size(memory),
            size(memory / workers),
        )


def _theory_per_s(run: Run) -> float:
    """The prediction; the baseline has none, and the later rows were predicted from what it measured."""
    return run.throughput_per_s if run.predicted_per_s is None else run.predicted_per_s
