"""What only lab 25's page has: where the work of a response lies, what it costs, and what others feel."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE, duration, rate
from labs.engine.results.result import Result, Run, median_runs
from labs.lab25_large_responses.lab import LAB, LIST, MODEL, READY, SMALL, STREAMED
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette, rows_below
from labs.pages.markdown import picture, region, table

HEADINGS = ("variant", "requests/s", "CPU per request", "probe's p50", "probe's p99")
# of each way: its pieces of work as (lane, begin, length), lane 0 a thread and 1 the event loop, in no unit
DRAWN = {
    LIST: ((0, 0.0, 0.3), (1, 0.3, 7.0)),
    MODEL: ((0, 0.0, 1.0), (1, 1.0, 0.7)),
    READY: ((0, 0.0, 0.9), (1, 0.9, 0.2)),
    STREAMED: tuple(piece for n in range(20) for piece in ((0, n * 0.48, 0.2), (1, n * 0.48 + 0.24, 0.2))),
}
BAR = 0.28


def costs(scale: Scale = "auto") -> str:
    """What a response costs and what the probe felt beside it, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        felt = run.measurement.probe
        yield (
            name,
            rate(run.throughput_per_s),
            duration(run.measurement.server.cpu_s_per_request),
            duration(felt.p50) if felt else NONE,
            duration(felt.p99) if felt else NONE,
        )


def _felt() -> list[tuple[str, float, float]]:
    """Of each row of the full size its name, the server's CPU per request and the probe's p50, seconds."""
    runs: dict[str, Run] = median_runs(captured(LAB, "auto"))
    measured = {name: run.measurement for name, run in runs.items()}
    return [
        (name, m.server.cpu_s_per_request, m.probe.p50) for name, m in measured.items() if m.probe and name != SMALL
    ]


def cost_figure() -> Draw:
    """Two bars per row: CPU per request, and the probe's p50."""
    rows = _felt()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.9 + 0.72 * len(rows)), layout="constrained")
        for place, (name, cpu_s, p50_s) in enumerate(rows):
            axes.barh(place - BAR / 2, 1000 * cpu_s, height=BAR, color=palette.measured)
            axes.barh(place + BAR / 2, 1000 * p50_s, height=BAR, color=palette.failed)
            axes.annotate(
                f"{name}: {duration(cpu_s)} and {duration(p50_s)}", (0, place - BAR), xytext=(0, 2),
                textcoords="offset points", va="bottom",
            )  # fmt: skip
        rows_below(axes, len(rows))
        axes.set_xlabel("milliseconds")
        named = {"CPU per request": palette.measured, "the median health check": palette.failed}
        figure.legend(handles=[Patch(color=named[one], label=one) for one in named], loc="outside upper left")
        return figure

    return draw


def lanes_figure() -> Draw:
    """Which part of a response a thread makes, and which the event loop. A drawing, not a measurement."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.8), layout="constrained")
        for place, (name, pieces) in enumerate(DRAWN.items()):
            top = 3.2 * place
            axes.text(0, top - 0.15, name, va="bottom")
            for lane, begin, length in pieces:
                color = palette.failed if lane else palette.measured
                axes.barh(top + 0.4 + 0.9 * lane, length, left=begin, height=0.7, color=color)
            for lane, said in enumerate(("thread", "event loop")):
                axes.text(-0.2, top + 0.4 + 0.9 * lane, said, ha="right", va="center")
        axes.set_ylim(3.2 * len(DRAWN) - 0.9, -1.3)
        axes.set_xlim(-3.2, 10)
        axes.set_yticks([])
        axes.set_xticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("time")
        return figure

    return draw


PICTURES = {"lab25-lanes": lanes_figure, "lab25-costs": cost_figure}


def lanes() -> str:
    said = (
        "Drawing of four ways to respond. A list: a long piece of work on the event loop. With a response model and "
        "ready: short pieces, mostly in a thread. Streamed: many small pieces, to and fro."
    )
    return region(picture("../figures/lab25-lanes", said))


def cost() -> str:
    said = "; ".join(f"{name} {1000 * cpu_s:.0f}, {1000 * p50_s:.0f}" for name, cpu_s, p50_s in _felt())
    told = f"Bars, CPU per request and the median health check, ms: {said}."
    return region(picture("../figures/lab25-costs", told))
