"""Draws captured data as SVG, once for each palette of the site. Reads results, judges nothing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labs.engine.formatting import duration, rate
from labs.engine.results.result import Result, by_variant, median_run, median_runs


@dataclass(frozen=True)
class Palette:
    """Okabe and Ito's colors, which stay apart for color-blind readers, for one background."""

    name: str
    ink: str
    faint: str
    measured: str
    predicted: str
    failed: str
    series: tuple[str, ...]


LIGHT = Palette(
    "light", "#24292f", "#d0d7de", "#0072b2", "#b34700", "#a3306e", ("#0072b2", "#b34700", "#00734f", "#a3306e")
)
DARK = Palette(
    "dark", "#e6edf3", "#444c56", "#56b4e9", "#ffb454", "#e58fbf", ("#56b4e9", "#ffb454", "#3fc79a", "#e58fbf")
)
WIDTH_IN = 4.4  # 422 px: on a phone, in a fold within a fold, two thirds of that are left
LETTERS_PT = 12.7  # so that letters are 11 px there
LINE = 44  # characters of a label that find room in one line
ALT_WORDS = 40
PAGE_FONT = "-apple-system, BlinkMacSystemFont, Helvetica, Arial, sans-serif"

Draw = Callable[[Palette], Figure]
Series = tuple[str, Sequence[float], Sequence[float]]  # label, x values, y values
Lane = tuple[str, Sequence[tuple[str, float]]]  # its name; each dot's group and value
MARKERS = "osD^vPX"
HEIGHT = 0.42  # of a bar, where its row is 1


def svgs(draw: Draw) -> dict[str, str]:
    """The figure as SVG text by the palette's name. It is drawn once: only the colours differ."""
    light = _svg(draw, LIGHT)
    dark = light
    for one, other in zip(_colours(LIGHT), _colours(DARK), strict=True):
        dark = dark.replace(one, other)
    return {LIGHT.name: light, DARK.name: dark}


def _colours(palette: Palette) -> tuple[str, ...]:
    return (palette.ink, palette.faint, palette.measured, palette.predicted, palette.failed, *palette.series)


def _svg(draw: Draw, palette: Palette) -> str:
    """The same bytes for the same data."""
    settings: Any = {
        "svg.hashsalt": "fastapi-under-load",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": LETTERS_PT,
        **{f"{part}.labelsize": LETTERS_PT for part in ("axes", "xtick", "ytick")},
        "axes.titlesize": LETTERS_PT,
        "legend.fontsize": LETTERS_PT,
        "legend.frameon": False,  # a frame is white in both palettes
        "legend.labelcolor": palette.ink,
        "text.color": palette.ink,
        "axes.edgecolor": palette.faint,
        "axes.labelcolor": palette.ink,
        "axes.titlecolor": palette.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": palette.ink,
        "ytick.color": palette.ink,
        "savefig.transparent": True,
    }
    with pyplot.rc_context(settings):
        figure = draw(palette)
        buffer = BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    drawn = re.sub(r"'DejaVu Sans'[^;\"]*sans-serif", PAGE_FONT, buffer.getvalue().decode())
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def throughput(result: Result) -> Draw:
    """One bar per variant: measured steady throughput, its range over repeats, and the prediction."""
    grouped = list(by_variant(result).items())

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.75 + 0.85 * len(grouped)), layout="constrained")
        for place, (name, runs) in enumerate(grouped):
            values = [run.throughput_per_s for run in runs]
            shown = median_run(runs)
            middle, predicted = shown.throughput_per_s, shown.predicted_per_s
            axes.barh(place, middle, height=HEIGHT, color=palette.measured)
            axes.plot([min(values), max(values)], [place, place], color=palette.ink, linewidth=1.5)
            label = f"{name}: {rate(middle)}"
            if predicted:
                axes.vlines(predicted, place - HEIGHT / 2, place + 0.3, color=palette.predicted, linewidth=2.5)
                said = f"(predicted {rate(predicted)})"
                label += f" {said}" if len(label) + len(said) < LINE else f"\n{said}"
            _above(axes, place, label)
        rows_below(axes, len(grouped))
        axes.set_xlabel("requests/s: bar measured, line predicted")
        return figure

    return draw


def bars_size_in(count: int) -> tuple[float, float]:
    """Width and height of a bar chart of that many rows, in inches."""
    return WIDTH_IN, 0.7 + 0.68 * count


def bars(rows: Sequence[tuple[str, float]], x_label: str) -> Draw:
    """One bar per row, its name and value above it, the first row on top."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=bars_size_in(len(rows)), layout="constrained")
        for place, (name, value) in enumerate(rows):
            axes.barh(place, value, height=HEIGHT, color=palette.measured)
            _above(axes, place, f"{name}: {rate(value)}")
        rows_below(axes, len(rows))
        axes.set_xlabel(x_label)
        return figure

    return draw


def time_bars(rows: Sequence[tuple[str, float]], longest_s: float, x_label: str) -> Draw:
    """The same of times in seconds, on a logarithmic axis from 1 ms to `longest_s`."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=bars_size_in(len(rows)), layout="constrained")
        for place, (name, time_s) in enumerate(rows):
            axes.barh(place, time_s, height=HEIGHT, color=palette.measured)
            axes.annotate(
                f"{name}: {duration(time_s)}", (1e-3, place - HEIGHT / 2), xytext=(2, 2), textcoords="offset points",
                va="bottom",
            )  # fmt: skip
        rows_below(axes, len(rows))
        axes.set_xscale("log")
        axes.set_xlim(1e-3, longest_s)
        axes.set_xticks([1e-3, 1e-2, 1e-1, 1], ["1 ms", "10 ms", "0.1 s", "1 s"])
        axes.set_xlabel(x_label)
        return figure

    return draw


def _above(axes: Axes, place: int, label: str) -> None:
    """What a bar is called stands over it, so that names take no width from the bars."""
    axes.annotate(label, (0, place - HEIGHT / 2), xytext=(0, 2), textcoords="offset points", va="bottom")


def rows_below(axes: Axes, count: int) -> None:
    axes.set_ylim(count - 1 + HEIGHT, -0.75)
    axes.set_xlim(left=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def curves(series: Sequence[Series], x_label: str, y_label: str) -> Draw:
    """Lines with a marker of their own each, named in a legend: lines that meet leave no room for labels."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 4.0), layout="constrained")
        for place, (label, x, y) in enumerate(series):
            colour = palette.series[place % len(palette.series)]
            axes.plot(x, y, marker=MARKERS[place % len(MARKERS)], color=colour, linewidth=1.8, label=label)
        axes.set_ylim(bottom=0)
        figure.legend(loc="outside upper left", ncols=1, frameon=False, labelcolor=palette.ink)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        return figure

    return draw


def strip(lanes: Sequence[Lane], groups: Sequence[str], x_label: str) -> Draw:
    """A dot per value, a lane per name from the top down, the groups told apart by color and marker."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 1.6 + 0.26 * len(lanes)), layout="constrained")
        for place, group in enumerate(groups):
            dots = [(value, lane) for lane, (_, values) in enumerate(lanes) for kind, value in values if kind == group]
            axes.plot(
                [value for value, _ in dots],
                [lane for _, lane in dots],
                linestyle="none",
                marker=MARKERS[place % len(MARKERS)],
                markersize=7,
                color=palette.series[place % len(palette.series)],
                label=group,
            )
        axes.set_ylim(len(lanes) - 0.5, -0.5)
        axes.set_yticks(range(len(lanes)), [name for name, _ in lanes])
        axes.grid(axis="x", color=palette.faint)
        axes.set_xlim(left=0)
        axes.set_xlabel(x_label)
        figure.legend(loc="outside upper left", ncols=1, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


def throughput_description(result: Result) -> str:
    """Alternative text: what the throughput figure shows, in words and numbers."""
    parts = []
    for name, run in median_runs(result).items():
        said = f"{name}: {rate(run.throughput_per_s)} requests/s measured"
        parts.append(said + (f", {rate(run.predicted_per_s)} predicted" if run.predicted_per_s else ""))
    rates = [run.throughput_per_s for run in median_runs(result).values()]
    return brief(
        "Bar chart. " + "; ".join(parts) + ".",
        f"Bar chart of {len(rates)} rows, measured and predicted: {rate(min(rates))} to {rate(max(rates))} requests/s. "
        "The table has each.",
    )


def brief(whole: str, otherwise: str) -> str:
    """A description, or another one where it is longer than a listener has patience for."""
    return whole if len(whole.split()) <= ALT_WORDS else otherwise
