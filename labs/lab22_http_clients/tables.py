"""What only lab 22's page has: where requests wait at one moment, and what a response's time consists of."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, share
from labs.engine.results.result import Result, Run, median_runs
from labs.lab22_http_clients.lab import HUNDRED, KEPT, LAB, LIMITED, OWN, SHARED, SYNC
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

PLACES = (SYNC, KEPT, HUNDRED)
BARS = (OWN, SHARED, SYNC, LIMITED, KEPT, HUNDRED)
DOWN = 10  # dots in a column
HEADINGS = ("variant", "refused", "p50 of the served", "p95", "slowest", "server CPU per request")


def calls(scale: Scale = "auto") -> str:
    """How many calls were refused, how long the served ones took, and what a request cost, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        m, times = run.measurement, run.measurement.expected_time_s
        shown = (times.p50, times.p95, times.max) if times else (None,) * 3
        yield name, share(m.failed_share), *map(duration, shown), f"{m.server.cpu_s_per_request * 1e3:.2f} ms"


# --- one moment ---------------------------------------------------------------------------


def _counts(run: Run) -> tuple[int, int]:
    """Requests that wait in the service, and those at the upstream, in a typical second."""
    metrics = run.measurement.server_metrics
    if metrics is None:
        raise ValueError(f"{run.variant.name} reported no server metrics")
    at_upstream = round(metrics.typical("pool_in_use"))
    return max(0, round(metrics.typical("in_flight")) - at_upstream), at_upstream


def _moments() -> dict[str, tuple[int, int]]:
    runs = median_runs(captured(LAB, "auto"))
    return {name: _counts(runs[name]) for name in PLACES}


def moment_figure() -> Draw:
    """Each request of a typical moment as a dot: on the left those that wait, on the right those at the upstream."""
    moments = _moments()

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(len(moments), figsize=(WIDTH_IN, 3.8), layout="constrained")
        widest = max(-(-waiting // DOWN) for waiting, _ in moments.values())
        for axes, (name, (waiting, at_upstream)) in zip(charts, moments.items(), strict=True):
            _dots(axes, waiting, -1, palette.failed)
            _dots(axes, at_upstream, 1, palette.measured)
            axes.axvline(0, color=palette.ink, linewidth=1.5)
            axes.set_xlim(-widest - 1.5, widest + 1.5)
            axes.set_ylim(DOWN - 0.2, -0.8)
            axes.set_title(f"{name}: {waiting} wait, {at_upstream} are there", loc="left")
            axes.axis("off")
        figure.supxlabel("waiting in the service  |  at the upstream", fontsize="medium")
        return figure

    return draw


def _dots(axes: Axes, count: int, side: int, color: str) -> None:
    columns = [side * (0.8 + place // DOWN) for place in range(count)]
    axes.scatter(columns, [place % DOWN for place in range(count)], s=14, color=color)


def moment() -> str:
    parts = "; ".join(
        f"{name}: {waiting} wait, {there} at the upstream" for name, (waiting, there) in _moments().items()
    )
    return region(picture("../figures/lab22-moment", f"Dots, one per request in a typical moment. {parts}."))


# --- the time of a response ---------------------------------------------------------------


def _times() -> dict[str, tuple[float, float]]:
    """The upstream's seconds, and all others of the mean response, of each row."""
    found, runs = {}, median_runs(captured(LAB, "auto"))
    for name in BARS:
        run = runs[name]
        times, upstream_s = run.measurement.expected_time_s, run.variant.service_time_s
        if times is not None:
            found[name] = (upstream_s, max(0.0, times.mean - upstream_s))
    return found


def times_figure() -> Draw:
    """One bar per row: the upstream's part of a mean response, and the service's own."""
    parts = _times()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.8 + 0.56 * len(parts)), layout="constrained")
        for place, (name, (upstream_s, own_s)) in enumerate(parts.items()):
            axes.barh(place, upstream_s, height=HEIGHT, color=palette.measured)
            axes.barh(place, own_s, left=upstream_s, height=HEIGHT, color=palette.failed)
            axes.text(0, place - 0.3, name, va="bottom")
        axes.set_ylim(len(parts) - 0.6, -0.9)
        axes.set_yticks([])
        axes.set_xlabel("seconds: first the upstream, then the service")
        return figure

    return draw


def times() -> str:
    parts = _times()
    name, (upstream_s, own_s) = max(parts.items(), key=lambda one: one[1][1])
    said = (
        f"Stacked bars, one per row: the upstream's part of a mean response and the service's own. Longest: {name}, "
        f"{duration(upstream_s)} at the upstream and {duration(own_s)} in the service."
    )
    return region(picture("../figures/lab22-times", said))


PICTURES = {"lab22-moment": moment_figure, "lab22-times": times_figure}
