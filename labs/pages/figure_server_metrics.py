"""Draws server metrics second by second."""

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import duration
from labs.engine.results.measurement import ServerMetrics
from labs.engine.results.result import Result, median_runs
from labs.pages.figures import WIDTH_IN, Draw, Palette

SHOWN = {
    "loop_lag_seconds": "loop lag, s",
    "tokens_waiting": "waiting for a thread token",
    "pool_waiting": "waiting for a connection",
    "fds": "open descriptors",
}
MOST = 4  # variants in one figure: as many as the palette has colours
DASHES = ("-", "--", "-.", ":")  # lines at zero lie on each other


def gauges(result: Result) -> Draw:
    """One chart per gauge, one line per variant: in each second the worker with the highest value."""
    chosen = _shown(result)

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(len(SHOWN), 1, figsize=(WIDTH_IN, 6.8), layout="constrained", sharex=True)
        for axes, (gauge, title) in zip(charts, SHOWN.items(), strict=True):
            for place, (name, metrics) in enumerate(chosen):
                values = [max(row) for row in metrics.gauges[gauge]]
                label = name if axes is charts[0] else None
                axes.plot(values, color=palette.series[place], linestyle=DASHES[place], linewidth=2, label=label)
            axes.margins(y=0.15)
            axes.set_ylim(bottom=0)
            axes.set_title(title, loc="left", fontsize=10)
        charts[-1].set_xlabel("seconds since the window's first reading")
        figure.legend(loc="outside lower left", ncols=2, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


def has_gauges(result: Result) -> bool:
    return bool(_shown(result))


def description(result: Result) -> str:
    """Alternative text: the highest of every gauge."""
    parts = []
    for name, metrics in _shown(result):
        lag, tokens, connections, _ = (metrics.highest(gauge) for gauge in SHOWN)
        first, last = (max(metrics.gauges["fds"][place]) for place in (0, -1))
        parts.append(
            f"{name}: loop lag {duration(lag)}, waiting for a token {tokens:.0f}, for a connection {connections:.0f}, "
            f"descriptors from {first:.0f} to {last:.0f}"
        )
    return "Four line charts over the seconds of the window. Highest values: " + "; ".join(parts) + "."


def _shown(result: Result) -> list[tuple[str, ServerMetrics]]:
    found = ((name, run.measurement.server_metrics) for name, run in median_runs(result).items())
    return [(name, metrics) for name, metrics in found if metrics is not None][:MOST]
