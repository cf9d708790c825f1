"""What only lab 21's page has: who waits for whom, throughput over the users, and the connection time as measured."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Machine, Scale, Variant
from labs.engine.formatting import duration, rate
from labs.engine.results.result import Result, Run, median_runs
from labs.lab21_database_sessions.lab import (
    ADMITTED,
    FORTY,
    HUNG,
    LAB,
    SAFE,
    can_hang_at,
    circling,
    hangs_at,
    variants,
)
from labs.pages import stepped
from labs.pages.captured import captured
from labs.pages.circle import (
    BOTH,
    CONNECTION,
    CONNECTIONS,
    HEIGHT,
    TOKEN,
    TOKENS,
    Route,
    admitted,
    give,
    take,
    track,
    work,
)
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

OVER_USERS = (FORTY, SAFE, HUNG)  # the rows that differ in their users only
HEADINGS = ("variant", "connections in use", "throughput/s", "connection time, measured", "declared")
UNTIL = 110  # users


def connection_times(scale: Scale = "auto") -> str:
    """q by Little's law of the pool: connections in use in the typical second ÷ throughput."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        told, per_s = run.measurement.server_metrics, run.throughput_per_s
        if told is not None and per_s and "pool_in_use" in told.gauges:
            in_use = told.typical("pool_in_use")
            if in_use <= 1:  # a reading per second says nothing of so few
                continue
            yield name, f"{in_use:g}", rate(per_s), duration(in_use / per_s), duration(run.variant.connection_time_s)


LOOKS_UP, RUNS = work(3, "looks up its user"), work(3, "runs its route")
WHOLE = (
    *(take(TOKEN), work(1, "makes a session"), give(TOKEN)),  # it takes no connection yet
    *(take(TOKEN), take(CONNECTION), LOOKS_UP, give(TOKEN)),  # the session keeps the connection
    *(take(TOKEN), RUNS, give(CONNECTION), give(TOKEN)),
)
SHORT = (
    *(take(TOKEN), take(CONNECTION), LOOKS_UP, give(CONNECTION), give(TOKEN)),
    *(take(TOKEN), take(CONNECTION), RUNS, give(CONNECTION), give(TOKEN)),
)


def circle_mechanism() -> stepped.Mechanism:
    """The lab's routes in a service of few tokens and connections, played: where the circle closes, and where not."""
    tracks = (
        track(Route(name=f"{BOTH} requests", actions=WHOLE)),
        track(Route(name=f"{BOTH - 1} requests", actions=WHOLE), BOTH - 1),
        track(Route(name=f"{BOTH}, max_concurrency={CONNECTIONS}", actions=admitted(WHOLE), admitted=CONNECTIONS)),
        track(Route(name=f"{BOTH}, short sessions", actions=SHORT)),
    )
    said = (
        f"Drawing of a circle in a small service: {CONNECTIONS} requests hold all connections and wait for a token; "
        f"{TOKENS} requests hold all tokens and wait for a connection."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said)


def circle() -> str:
    return stepped.view("lab21-circle", circle_mechanism())


def users_figure() -> Draw:
    """Throughput over the users: the law as a line, where it can hang and where it must, the measured rows as dots."""
    row = next(one for one in variants("auto", Machine(2.0)) if one.name == SAFE)
    shown = _measured()
    free = median_runs(captured(LAB, "auto"))[ADMITTED]

    def law(count: int) -> float:
        changed = with_users(row, count)
        return min(count / row.service_time_s, circling(changed))

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 2.7), layout="constrained")
        first, last = can_hang_at(row), hangs_at(row)
        axes.axvspan(first, last, color=palette.faint, alpha=0.5, linewidth=0)
        axes.text((first + last) / 2, 71, "can hang", ha="center")
        axes.text((last + UNTIL) / 2, 71, "hangs", ha="center")
        counts = range(UNTIL + 1)
        axes.plot(counts, [law(count) for count in counts], color=palette.predicted, linewidth=2)
        axes.plot([run.variant.load.vus for run in shown], [run.throughput_per_s for run in shown], "o",
                  color=palette.measured, markersize=8, clip_on=False)  # fmt: skip
        axes.plot([free.variant.load.vus], [free.throughput_per_s], "D", color=palette.series[2], markersize=8)
        axes.text(99, free.throughput_per_s - 7, "max_concurrency", ha="right", color=palette.series[2])
        axes.set_xlim(0, UNTIL)
        axes.set_ylim(0, 80)
        axes.set_xlabel("users: line predicted, dots measured")
        axes.set_ylabel("requests/s")
        return figure

    return draw


def with_users(row: Variant, count: int) -> Variant:
    return replace(row, load=replace(row.load, vus=count))


def _measured() -> list[Run]:
    runs = median_runs(captured(LAB, "auto"))
    return [runs[name] for name in OVER_USERS]


def over_users() -> str:
    dots = ", ".join(f"{rate(run.throughput_per_s)}/s with {run.variant.load.vus} users" for run in _measured())
    free = median_runs(captured(LAB, "auto"))[ADMITTED]
    said = f"Line chart of throughput over users, flat to 40, then falling to none at 85. Measured: {dots}; " + (
        f"with max_concurrency {rate(free.throughput_per_s)}/s."
    )
    return region(picture("../figures/lab21-users", said))


PICTURES: dict[str, Callable[[], Draw]] = {
    "lab21-circle": lambda: stepped.still(circle_mechanism()),
    "lab21-users": users_figure,
}
