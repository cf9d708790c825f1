"""What only lab 11's page has: four services by what their workers report, to be named by the reader."""

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import duration
from labs.engine.results.result import median_runs
from labs.lab11_what_to_watch.lab import BLOCKED, HEALTHY, LAB, NO_CONNECTIONS, NO_TOKENS
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

UNNAMED = {"A": NO_TOKENS, "B": HEALTHY, "C": NO_CONNECTIONS, "D": BLOCKED}  # in an order that gives nothing away
SAID = {
    HEALTHY: "is healthy: no line anywhere",
    NO_TOKENS: "has its tokens exhausted: calls wait for one, and the loop is on time",
    NO_CONNECTIONS: "has its pool exhausted: requests wait for a connection",
    BLOCKED: "has its loop blocked: the timer comes late, and both lines are empty",
}
COLUMNS = {
    "waiting for a token": "tokens_waiting",
    "waiting for a connection": "pool_waiting",
}


def name_the_fault() -> str:
    """Loop lag and both lines of each service, its busiest worker's in a typical second."""
    runs = median_runs(captured(LAB, "auto"))
    rows = []
    for letter, name in UNNAMED.items():
        told = runs[name].measurement.server_metrics
        if told is None:
            raise ValueError(f"{name} reported no server metrics")
        lines = [f"{told.typical(gauge):,.0f}" for gauge in COLUMNS.values()]
        rows.append((letter, duration(told.typical("loop_lag_seconds")), *lines))
    return region(table(("service", "loop lag", *COLUMNS), rows))


def faults_named() -> str:
    said = "; ".join(f"{letter} {SAID[name]}" for letter, name in UNNAMED.items())
    return region(['??? question "Which is which?"', "", f"    {said}."])


PANELS = {"loop lag, ms": ("loop_lag_seconds", 1e3), **{name: (gauge, 1.0) for name, gauge in COLUMNS.items()}}


def _reported() -> dict[str, dict[str, float]]:
    """By panel, then by service: the busiest worker's value in a typical second."""
    runs = median_runs(captured(LAB, "auto"))
    told = {name: runs[name].measurement.server_metrics for name in (HEALTHY, BLOCKED, NO_TOKENS, NO_CONNECTIONS)}
    return {
        panel: {name: metrics.typical(gauge) * scale for name, metrics in told.items() if metrics}
        for panel, (gauge, scale) in PANELS.items()
    }


def gauges_figure() -> Draw:
    """Three charts, one below the other; in each, one bar per service."""
    reported = _reported()

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(len(reported), figsize=(WIDTH_IN, 4.1), layout="constrained")
        for axes, (panel, values) in zip(charts, reported.items(), strict=True):
            highest = max(values, key=values.__getitem__)
            colors = [palette.failed if name == highest else palette.measured for name in values]
            axes.barh(list(values), list(values.values()), height=HEIGHT, color=colors)
            axes.invert_yaxis()
            axes.set_title(panel, loc="left")
        return figure

    return draw


PICTURES = {"lab11-gauges": gauges_figure}


def gauges() -> str:
    said = "; ".join(
        f"{panel} is highest in {max(values, key=values.__getitem__)}, {max(values.values()):,.0f}"
        for panel, values in _reported().items()
    )
    return region(picture("../figures/lab11-gauges", f"Bar charts of four services. {said}; elsewhere near zero."))
