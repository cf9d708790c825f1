"""Draws captured data as SVG, once for each palette of the site. Reads results, judges nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.runner.model import Result
from labs.runner.verdict import by_variant, median_run
from labs.runner.words import rate


@dataclass(frozen=True)
class Palette:
    """Okabe and Ito's colours, which stay apart for colour-blind readers, for one background."""

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
WIDTH_IN = 7.2

Draw = Callable[[Palette], Figure]
Series = tuple[str, Sequence[float], Sequence[float]]  # label, x values, y values
MARKERS = "osD^vPX"


@dataclass(frozen=True)
class Point:
    """One variant in a scatter plot."""

    group: str
    name: str
    x: float
    y: float


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
        "font.size": 10,
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
    return "\n".join(line.rstrip() for line in buffer.getvalue().decode().splitlines()) + "\n"


def throughput(result: Result) -> Draw:
    """One bar a variant: measured steady throughput, its range over repeats, and the prediction."""
    grouped = list(by_variant(result).items())

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.9 + 0.62 * len(grouped)), layout="constrained")
        widest = 0.0
        labels: list[tuple[float, int, str]] = []
        for place, (_, runs) in enumerate(grouped):
            values = [run.measurement.throughput_per_s for run in runs]
            shown = median_run(runs)
            middle, predicted = shown.measurement.throughput_per_s, shown.prediction.throughput_per_s
            axes.barh(place, middle, height=0.5, color=palette.measured)
            axes.plot([min(values), max(values)], [place, place], color=palette.ink, linewidth=1.5)
            label = rate(middle)
            if predicted:
                axes.plot([predicted, predicted], [place - 0.36, place + 0.36], color=palette.predicted, linewidth=2.5)
                label += f" (predicted {rate(predicted)})"
            end = max(middle, predicted or 0.0, *values)
            widest = max(widest, end)
            labels.append((end, place, label))
        for end, place, label in labels:
            axes.text(end + widest * 0.015, place, label, va="center", color=palette.ink)
        axes.set_yticks(range(len(grouped)), [name for name, _ in grouped])
        axes.invert_yaxis()
        axes.set_xlim(0, widest * 1.55)
        axes.set_xlabel("steady throughput, requests/s: bar measured, upright line predicted")
        axes.tick_params(axis="y", length=0)
        return figure

    return draw


def bars(rows: Sequence[tuple[str, float]], x_label: str) -> Draw:
    """One bar a row with its value beside it, the first row on top."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.7 + 0.5 * len(rows)), layout="constrained")
        values = [value for _, value in rows]
        axes.barh(range(len(rows)), values, height=0.6, color=palette.measured)
        for place, value in enumerate(values):
            axes.text(value + max(values) * 0.015, place, rate(value), va="center", color=palette.ink)
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.invert_yaxis()
        axes.set_xlim(0, max(values) * 1.15)
        axes.set_xlabel(x_label)
        axes.tick_params(axis="y", length=0)
        return figure

    return draw


def curves(series: Sequence[Series], x_label: str, y_label: str) -> Draw:
    """Lines with a marker of their own each, named in a legend: lines that meet leave no room for labels."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.6), layout="constrained")
        for place, (label, x, y) in enumerate(series):
            colour = palette.series[place % len(palette.series)]
            axes.plot(x, y, marker=MARKERS[place % len(MARKERS)], color=colour, linewidth=1.8, label=label)
        axes.set_ylim(bottom=0)
        figure.legend(loc="outside right upper", frameon=False, labelcolor=palette.ink)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        return figure

    return draw


def scatter(points: Sequence[Point], x_label: str, y_label: str) -> Draw:
    """Points on logarithmic axes, a colour and a marker for each group, named in a legend."""
    groups = list(dict.fromkeys(point.group for point in points))

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 4.2), layout="constrained")
        for place, group in enumerate(groups):
            chosen = [point for point in points if point.group == group]
            axes.plot(
                [point.x for point in chosen],
                [point.y for point in chosen],
                linestyle="none",
                marker=MARKERS[place % len(MARKERS)],
                markersize=8,
                color=palette.series[place % len(palette.series)],
                label=group,
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        figure.legend(loc="outside right upper", frameon=False, labelcolor=palette.ink)
        return figure

    return draw


def throughput_description(result: Result) -> str:
    """Alternative text: what the throughput figure shows, in words and numbers."""
    parts = []
    for name, runs in by_variant(result).items():
        predicted = median_run(runs).prediction.throughput_per_s
        said = f"{name}: {rate(median_run(runs).measurement.throughput_per_s)} requests/s measured"
        parts.append(said + (f", {rate(predicted)} predicted" if predicted else ""))
    return "Bar chart. " + "; ".join(parts) + "."
