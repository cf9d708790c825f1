"""What only lab 7's page has: the connections that were wanted, and what PostgreSQL refused."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE
from labs.engine.results.result import Result, by_variant
from labs.lab07_too_many_clients.lab import LAB, RESERVED, ROOM
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, Draw, Palette, bars_size_in, rows_below
from labs.pages.markdown import picture, region, table

HEADINGS = (
    "variant",
    "workers × pool size",
    "started",
    "failed requests",
    "FATAL lines in PostgreSQL's log, in each repetition",
)


def fatals(scale: Scale = "post") -> str:
    """FATAL lines and start-up errors of every variant."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    for name, runs in by_variant(result).items():
        variant, measured = runs[0].variant, [run.measurement for run in runs]
        counts = [m.database_fatals for m in measured]
        yield (
            name,
            str(variant.workers * variant.pool.size) if variant.pool else NONE,
            "yes" if (started := all(m.start_error is None for m in measured)) else "no",
            f"{sum(m.failed for m in measured):,}" if started else NONE,
            ", ".join(NONE if count is None else f"{count:,}" for count in counts),
        )


def _wanted() -> list[tuple[str, int]]:
    """Each variant, and the connections that its pools want at most."""
    variants = {name: runs[0].variant for name, runs in by_variant(captured(LAB, "auto")).items()}
    return [(name, v.workers * v.pool.size) for name, v in variants.items() if v.pool]


def wanted_figure() -> Draw:
    """One bar per variant, and a line at what the database allows an ordinary role."""
    wanted = _wanted()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=bars_size_in(len(wanted)), layout="constrained")
        for place, (name, connections) in enumerate(wanted):
            color = palette.failed if connections > ROOM - RESERVED else palette.measured
            axes.barh(place, connections, height=HEIGHT, color=color)
            axes.annotate(
                f"{name}: {connections}", (0, place - HEIGHT / 2), xytext=(0, 2), textcoords="offset points",
                va="bottom",
            )  # fmt: skip
        axes.axvline(ROOM - RESERVED, color=palette.predicted, linewidth=2.5)
        rows_below(axes, len(wanted))
        axes.set_xlabel(f"connections wanted; the line: {ROOM - RESERVED} allowed")
        return figure

    return draw


PICTURES = {"lab07-wanted": wanted_figure}


def wanted() -> str:
    said = "; ".join(f"{name}: {connections}" for name, connections in _wanted())
    return region(
        picture("../figures/lab07-wanted", f"Bar chart of connections wanted, {ROOM - RESERVED} are allowed. {said}.")
    )
