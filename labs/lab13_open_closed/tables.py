"""What only lab 13's page has: which requests a stall catches, what percentiles say of it, the slowest times."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration
from labs.engine.results.result import Result, median_runs
from labs.lab13_open_closed.arrivals import arrivals, arrivals_mechanism
from labs.lab13_open_closed.lab import CLOSED_STALL, LAB, OPEN_STALL
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table
from labs.pages.stepped import still

HEADINGS = ("variant", "requests", "p50", "p90", "p95", "p99", "max")
MODELS = {CLOSED_STALL: "closed", OPEN_STALL: "open"}
LOWEST = 90  # the percentile that the figure begins with


def tails(scale: Scale = "auto") -> str:
    """Requests and the high percentiles of every variant, in its median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        times = run.measurement.response_time_s
        shown = (times.p50, times.p90, times.p95, times.p99, times.max)
        yield (name, f"{run.measurement.requests:,}", *map(duration, shown))


def percentiles_figure() -> Draw:
    """The captured response time at each high percentile, of the closed and of the open test with the stall."""
    times = _times()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.0), layout="constrained")
        percentiles = range(LOWEST, 101)
        for (model, values), color, marker in zip(times.items(), palette.series, "os", strict=False):
            axes.plot(percentiles, values, color=color, marker=marker, linewidth=1.8, label=model)
        axes.annotate(
            "open", (95, times["open"][95 - LOWEST]), xytext=(-6, 6), textcoords="offset points", ha="right",
            color=palette.series[1],
        )  # fmt: skip
        axes.annotate(
            "closed", (96, times["closed"][96 - LOWEST]), xytext=(0, 7), textcoords="offset points",
            color=palette.series[0],
        )  # fmt: skip
        axes.set_xticks([90, 92, 95, 99], ["p90", "p92", "p95", "p99"])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("percentile; the last dot is the maximum")
        axes.set_ylabel("response time, s")
        return figure

    return draw


def _times() -> dict[str, list[float]]:
    runs = median_runs(captured(LAB, "auto"))
    return {model: list(runs[name].measurement.response_time_s.quantiles[LOWEST:]) for name, model in MODELS.items()}


__all__ = ["PICTURES", "arrivals", "percentiles", "tails"]

PICTURES = {"lab13-arrivals": lambda: still(arrivals_mechanism()), "lab13-percentiles": percentiles_figure}


def percentiles() -> str:
    said = "; ".join(
        f"{model}: p92 {duration(times[92 - LOWEST])}, p95 {duration(times[95 - LOWEST])}, "
        f"p99 {duration(times[99 - LOWEST])}, maximum {duration(times[-1])}"
        for model, times in _times().items()
    )
    return region(picture("../figures/lab13-percentiles", f"Response time by percentile, with the stall. {said}."))
