"""What only lab 6's page, and the comparison of the labs, have: the database's own limit, and the query's wait."""

from collections.abc import Callable

from labs.engine.declare.service import Scale
from labs.engine.formatting import rate, spread
from labs.engine.results.result import median_runs
from labs.lab06_select.lab import ASYNC, FEWER, LAB, LONG_MS, MORE, SYNC, waiting
from labs.pages import figures
from labs.pages.captured import captured
from labs.pages.figures import Draw, Series
from labs.pages.markdown import fold, picture, region, table
from labs.pages.regions.mechanism import View

VIEW = View(
    variants=(waiting(SYNC, LONG_MS, MORE), waiting(ASYNC, LONG_MS, MORE), waiting(SYNC, LONG_MS, FEWER)),
    sliders=("tokens", "poolSize", "waits", "vus"),
    at_s=2.0,
)


def database_limit(scale: Scale = "post") -> str:
    """What pgbench reached with the service's own query, beside the fastest variant."""
    result = captured(LAB, scale)
    fastest = max(run.throughput_per_s for run in result.runs)
    return region(
        [
            "The database alone, queried by `pgbench` with the same query (without a wait) over as many connections as "
            f"the first row's pools hold, reached {spread(result.database_limit_per_s)} selects/s. The fastest variant "
            f"above reached {rate(fastest)}/s."
        ]
    )


def query_wait_series(scale: Scale = "post") -> list[Series]:
    """Throughput of one worker over the query's wait, a series for each kind and size of pool."""
    found: dict[str, list[tuple[float, float]]] = {}
    for run in median_runs(captured(LAB, scale)).values():
        variant = run.variant
        if variant.workers == 1 and variant.pool:
            label = f"{variant.endpoint.pool}, P = {variant.pool.size}"
            found.setdefault(label, []).append((variant.ms, run.throughput_per_s))
    return [(label, [x for x, _ in points], [y for _, y in points]) for label, points in found.items()]


def query_wait(scale: Scale = "post") -> str:
    """The curves of throughput over the query's wait, and their data."""
    series = query_wait_series(scale)
    said = "Line chart of throughput over the query's wait in milliseconds. " + "; ".join(
        f"{label}: " + ", ".join(f"{rate(y)} at {x:g} ms" for x, y in zip(xs, ys, strict=True))
        for label, xs, ys in series
    )
    _, waits_ms, _ = series[0]
    data = table(
        ["series", *(f"{wait:g} ms" for wait in waits_ms)], ([label, *map(rate, ys)] for label, _, ys in series)
    )
    return region([*picture("figures/query-wait", said), "", *fold("The figure's data", data)])


def query_wait_figure() -> str:
    """The curves alone."""
    said = (
        "Line chart of throughput over the query's wait, sync and async, with pools of 20 and of 80 connections. With "
        "80 async is ahead throughout; with 20 clearly only at 0 ms."
    )
    return region(picture("../figures/query-wait", said))


def _drawn_query_wait() -> Draw:
    return figures.curves(query_wait_series(), "the query's wait, ms", "throughput, requests/s")


PICTURES: dict[str, Callable[[], Draw]] = {"query-wait": _drawn_query_wait}
