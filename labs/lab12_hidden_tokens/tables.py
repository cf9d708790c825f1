"""What only lab 12's page has: how evenly the responses came, and who waits for whom."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration
from labs.engine.results.result import Result, median_runs
from labs.lab12_hidden_tokens.lab import BASE, LAB, MODELLED
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

HEADINGS = ("variant", "fastest", "p50", "busiest second", "seconds without a response")
COMPARED = {BASE: "without a response model", MODELLED: "with one"}


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


def _seconds() -> dict[str, tuple[int, ...]]:
    """Responses of each second while the load lasted, without and with a response model."""
    runs = median_runs(captured(LAB, "auto"))
    shown = min(int(runs[name].variant.load.steady_s) for name in COMPARED)
    return {said: runs[name].measurement.timeline.expected_per_s[:shown] for name, said in COMPARED.items()}


def bursts_figure() -> Draw:
    """Responses per second over the seconds, one chart above the other."""
    seconds = _seconds()

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(len(seconds), figsize=(WIDTH_IN, 3.6), layout="constrained", sharex=True)
        most = max(max(counts) for counts in seconds.values())
        for axes, (said, counts) in zip(charts, seconds.items(), strict=True):
            axes.bar(range(len(counts)), counts, width=0.85, align="edge", color=palette.measured)
            axes.set_title(said, loc="left")
            axes.set_ylim(0, 1.1 * most)
        charts[-1].set_xlabel("seconds since the start")
        figure.supylabel("responses per second", fontsize="medium")
        return figure

    return draw


def circle_figure() -> Draw:
    """Two boxes that wait for each other. A drawing, not a measurement."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 2.6), layout="constrained")
        axes.set_xlim(0, 10)
        axes.set_ylim(0, 6)
        axes.axis("off")
        box = {"boxstyle": "round,pad=0.5", "facecolor": "none", "linewidth": 1.5}
        axes.text(
            5, 5, "10 requests hold a connection", ha="center", va="center", bbox=box | {"edgecolor": palette.measured}
        )
        axes.text(5, 1, "40 requests hold a token", ha="center", va="center", bbox=box | {"edgecolor": palette.failed})
        for x, start, end in ((3.2, 4.1, 1.9), (6.8, 1.9, 4.1)):
            arrow = FancyArrowPatch((x, start), (x, end), arrowstyle="-|>", mutation_scale=16, color=palette.ink)
            axes.add_patch(arrow)
        axes.text(2.9, 3, "and want\na token", ha="right", va="center")
        axes.text(7.1, 3, "and want\na connection", ha="left", va="center")
        return figure

    return draw


PICTURES = {"lab12-bursts": bursts_figure, "lab12-circle": circle_figure}


def bursts() -> str:
    said = "; ".join(
        f"{said}: {sum(count == 0 for count in counts)} of {len(counts)} seconds without a response, at most "
        f"{max(counts)} in one"
        for said, counts in _seconds().items()
    )
    return region(picture("../figures/lab12-bursts", f"Bar charts of responses per second. {said}."))


def circle() -> str:
    said = (
        "Drawing of a circle: ten requests hold a connection and want a token; forty requests hold a token and want "
        "a connection."
    )
    return region(picture("../figures/lab12-circle", said))
