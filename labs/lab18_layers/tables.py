"""What only lab 18's page has: what a request costs the server."""

from collections.abc import Iterator
from statistics import median

from labs.engine.declare.service import Scale
from labs.engine.formatting import rate
from labs.engine.results.result import Result, by_variant, median_run
from labs.lab18_layers.lab import LAB, NO_LAYER
from labs.pages import figures
from labs.pages.captured import captured
from labs.pages.figures import Draw
from labs.pages.markdown import picture, region, table

HEADINGS = (
    "variant", "CPU per request, c", "range", f"beyond “{NO_LAYER}”", "1/c", "throughput/s",
    "cores used by the server",
)  # fmt: skip


def cpu_per_request(scale: Scale = "auto") -> str:
    """The CPU a request costs in every variant, the median of its repeats, against the service without a layer."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    grouped = by_variant(result)
    costs = {name: [run.measurement.server.cpu_s_per_request for run in runs] for name, runs in grouped.items()}
    without = median(costs[NO_LAYER])
    for name, runs in grouped.items():
        cost, run = median(costs[name]), median_run(runs)
        yield (
            name,
            _microseconds(cost),
            f"{min(costs[name]) * 1e6:,.0f} to {_microseconds(max(costs[name]))}",
            f"{(cost - without) * 1e6:+,.0f} µs".replace("-", "−"),
            rate(1 / cost),
            rate(run.throughput_per_s),
            f"{run.measurement.server.cpu_cores:.2f}",
        )


def _shown() -> list[tuple[str, float]]:
    """The rows that don't wait, by name: CPU per request in microseconds, the median of the repeats."""
    grouped = by_variant(captured(LAB, "auto"))
    return [
        (name, median(run.measurement.server.cpu_s_per_request for run in runs) * 1e6)
        for name, runs in grouped.items()
        if not runs[0].variant.service_time_s
    ]


def costs_figure() -> Draw:
    return figures.bars(_shown(), "CPU per request, µs")


PICTURES = {"lab18-costs": costs_figure}


def costs() -> str:
    said = "; ".join(f"{name}: {cost:,.0f} µs" for name, cost in _shown())
    return region(picture("../figures/lab18-costs", f"Bar chart of CPU per request. {said}."))


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs"
