"""What only lab 10's page has: the one line in which both routes stand, and what the healthy one felt."""

from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from labs.engine.formatting import duration
from labs.engine.results.result import median_runs
from labs.lab10_isolate.lab import INLINE, LAB, OWN_LIMITER, OWN_SERVICE, SHARED, TO_THREAD, TOKENS, USERS
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette, time_bars
from labs.pages.markdown import picture, region

PLACES = {
    INLINE: "async def (4 users, 100 ms)",
    SHARED: "def",
    TO_THREAD: "asyncio.to_thread",
    OWN_LIMITER: "a limiter of its own",
    OWN_SERVICE: "a service of its own",
}
PER_ROW = 20


def line_figure() -> Draw:
    """Forty seats taken, eighty dots in line and one more behind them. A drawing, not a measurement."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.0), layout="constrained")
        for seat in range(TOKENS):
            x, y = seat % PER_ROW, seat // PER_ROW
            axes.add_patch(Rectangle((x + 0.05, y + 0.05), 0.9, 0.9, fill=False, edgecolor=palette.faint))
            axes.add_patch(Circle((x + 0.5, y + 0.5), 0.32, color=palette.measured))
        for waiting in range(USERS - TOKENS):
            x, y = waiting % PER_ROW, waiting // PER_ROW + 4
            axes.add_patch(Circle((x + 0.5, y + 0.5), 0.32, color=palette.predicted))
        last = (USERS - TOKENS) // PER_ROW + 4
        axes.add_patch(Circle((0.5, last + 0.5), 0.4, color=palette.failed))
        axes.text(1.2, last + 0.5, "the healthy request", va="center", color=palette.failed)
        axes.text(0, -0.3, f"{TOKENS} legacy calls hold a token", va="bottom")
        axes.text(0, 3.7, f"{USERS - TOKENS} wait in line for one", va="bottom")
        axes.set_xlim(-0.1, PER_ROW + 0.1)
        axes.set_ylim(last + 1.2, -1.6)
        axes.set_aspect("equal")
        axes.axis("off")
        return figure

    return draw


def _felt() -> list[tuple[str, float]]:
    runs = median_runs(captured(LAB, "auto"))
    probes = {name: runs[name].measurement.probe for name in PLACES}
    return [(PLACES[name], times.p99) for name, times in probes.items() if times is not None]


def healthy_figure() -> Draw:
    """The healthy route's p99 beside each place."""
    return time_bars(_felt(), 3, "p99 of the healthy route")


PICTURES = {"lab10-line": line_figure, "lab10-healthy": healthy_figure}


def shared_line() -> str:
    said = (
        f"Drawing: {TOKENS} legacy calls hold all {TOKENS} tokens, {USERS - TOKENS} more stand in line, and the "
        "healthy request stands behind them."
    )
    return region(picture("../figures/lab10-line", said))


def healthy_beside() -> str:
    said = "; ".join(f"{name}: {duration(p99_s)}" for name, p99_s in _felt())
    return region(picture("../figures/lab10-healthy", f"Bar chart of the healthy route's p99 beside each. {said}."))
