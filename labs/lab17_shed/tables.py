"""What only lab 17's page has: how response times grow, and what became of the arrivals."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, share
from labs.engine.results.result import Result, median_runs
from labs.lab17_shed.lab import ADMITTED, LAB, QUEUE
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

HEADINGS = ("variant", "arrived", "served", "refused", "p50 of the served", "p99 of the served")


def arrivals_served(scale: Scale = "auto") -> str:
    """How many were refused, and how long the served ones took without the refusals, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        m, times = run.measurement, run.measurement.expected_time_s
        shown = (times.p50, times.p99) if times else (None, None)
        yield (name, f"{m.requests:,}", f"{m.requests - m.failed:,}", share(m.failed_share), *map(duration, shown))


def _seconds() -> dict[str, list[tuple[int, float]]]:
    """By row: each second while requests arrive, and the p95 of the responses that ended in it."""
    runs = median_runs(captured(LAB, "auto"))
    found = {}
    for name in (QUEUE, ADMITTED):
        run = runs[name]
        lasts_s = run.variant.load.ramp_s + run.variant.load.steady_s
        told = zip(run.measurement.timeline.second, run.measurement.timeline.p95_s, strict=True)
        found[name] = [(second, p95_s) for second, p95_s in told if second < lasts_s and p95_s is not None]
    return found


def waits_figure() -> Draw:
    """p95 of each second's responses, over the seconds."""
    seconds = _seconds()
    said = {QUEUE: "no limit", ADMITTED: "at most 80 inside"}

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.2), layout="constrained")
        for (name, points), color in zip(seconds.items(), palette.series, strict=False):
            second, p95_s = zip(*points, strict=True)
            axes.plot(second, p95_s, color=color, linewidth=2)
            axes.annotate(
                said[name], (second[-1], p95_s[-1]), xytext=(-4, 7), textcoords="offset points", ha="right", color=color
            )
        axes.set_ylim(bottom=0)
        axes.set_xlabel("seconds since the start")
        axes.set_ylabel("p95 of that second, s")
        return figure

    return draw


PICTURES = {"lab17-waits": waits_figure}


def waits() -> str:
    said = "; ".join(
        f"{name}: {duration(points[-1][1])} in second {points[-1][0]}" for name, points in _seconds().items()
    )
    return region(picture("../figures/lab17-waits", f"Line chart of the p95 of each second's responses. {said}."))
