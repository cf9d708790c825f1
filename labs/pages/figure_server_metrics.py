"""Draws server metrics second by second."""

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import duration
from labs.engine.results.measurement import ServerMetrics
from labs.engine.results.result import Result, median_runs
from labs.pages.figures import WIDTH_IN, Draw, Palette, brief

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
        figure, charts = pyplot.subplots(len(SHOWN), 1, figsize=(WIDTH_IN, 7.4), layout="constrained", sharex=True)
        for axes, (gauge, title) in zip(charts, SHOWN.items(), strict=True):
            for place, (name, metrics) in enumerate(chosen):
                values = [max(row) for row in metrics.gauges[gauge]]
                label = name if axes is charts[0] else None
                axes.plot(values, color=palette.series[place], linestyle=DASHES[place], linewidth=2, label=label)
            axes.margins(y=0.15)
            axes.set_ylim(bottom=0)
            axes.set_title(title, loc="left")
        charts[-1].set_xlabel("seconds since the window's first reading")
        figure.legend(loc="outside lower left", ncols=1, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


def has_gauges(result: Result) -> bool:
    return bool(_shown(result))


def description(result: Result) -> str:
    """Alternative text: the highest of every gauge, and of which row."""
    parts = []
    for gauge, title in SHOWN.items():
        name, metrics = max(_shown(result), key=lambda one: one[1].highest(gauge))
        most = metrics.highest(gauge)
        parts.append(f"{title} {duration(most) if gauge.endswith('seconds') else f'{most:.0f}'} ({name})")
    whole = "Line charts over the window. Highest: " + "; ".join(parts) + "."
    return brief(whole, f"Four line charts over the seconds of the window: {', '.join(SHOWN.values())}.")


def _shown(result: Result) -> list[tuple[str, ServerMetrics]]:
    found = ((name, run.measurement.server_metrics) for name, run in median_runs(result).items())
    return [(name, metrics) for name, metrics in found if metrics is not None][:MOST]
