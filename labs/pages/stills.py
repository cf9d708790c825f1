"""Draws the simulator's requests: a moment of a service, and six requests on one time axis.

They stand where the moving views of the page stand, for readers without JavaScript or motion.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from labs.engine.declare.service import Load, Variant
from labs.engine.theory.prediction import CpuCosts
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.simulator.request import Request, Stage, Stages
from labs.simulator.simulate import order, spread
from labs.simulator.users import simulate_run

REQUESTS = 6
WAITS = (Stage.CONNECT, Stage.LOOP, Stage.TOKEN, Stage.CONNECTION)
COLUMNS = {
    Stage.CONNECT: "accept\nqueue",
    Stage.LOOP: "event\nloop",
    Stage.TOKEN: "wait for\na token",
    Stage.THREAD: "thread\ntokens",
    Stage.CONNECTION: "wait for a\nconnection",
    Stage.QUERY: "connections",
    Stage.AWAIT: "await,\nhold nothing",
}
DOWN = 10  # dots in a column of a queue
Row = list[tuple[Stage, float, float]]  # stage, from, to
Moment = Counter[tuple[int, Stage]]  # requests by worker and stage


# --- a moment ----------------------------------------------------------------------------


def moment(variant: Variant, costs: CpuCosts | None, cores: float, at_s: float) -> Moment:
    """How many requests are in each stage of each worker then; those not accepted yet belong to worker 0."""
    watched: list[Request] = []
    load = replace(variant.load, steady_s=at_s, graceful_stop_s=0.0)
    homes = order(spread(load.vus, variant.workers))
    simulate_run(replace(variant, load=load), homes, costs, cores, variant.blocking_time_s > 0, watched)
    found: Moment = Counter()
    for request in watched:
        stage = _stage_at(request.stages or [], at_s)
        if stage and stage is not Stage.RESPONDED:
            found[request.worker if request.worker and stage is not Stage.CONNECT else 0, stage] += 1
    return found


def _stage_at(stages: Stages, at_s: float) -> Stage | None:
    entered = [stage for when_s, stage in stages if when_s <= at_s]
    return entered[-1] if entered else None


def service(variant: Variant, found: Moment) -> Draw:
    """Each request of that moment as a dot where it is, each token and connection as a square."""
    needs_token = variant.endpoint.holds_token > 0
    shown = [Stage.CONNECT, Stage.LOOP, *((Stage.TOKEN, Stage.THREAD) if needs_token else (Stage.AWAIT,))]
    if variant.needs_database:
        shown += [Stage.CONNECTION, Stage.QUERY]
    places = {Stage.THREAD: variant.thread_tokens, Stage.QUERY: variant.pool.size if variant.pool else 0}

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(
            variant.workers, len(shown), figsize=(WIDTH_IN, 0.75 + 0.95 * variant.workers), layout="constrained",
            squeeze=False,
        )  # fmt: skip
        for worker in range(variant.workers):
            for axes, stage in zip(charts[worker], shown, strict=True):
                inside = found[worker, stage] + (found[worker, Stage.BLOCK] if stage is Stage.LOOP else 0)
                if stage is Stage.THREAD:  # who waits for a connection or has one keeps its token
                    inside += found[worker, Stage.CONNECTION] + found[worker, Stage.QUERY]
                blocked = stage is Stage.LOOP and found[worker, Stage.BLOCK] > 0
                if stage is Stage.CONNECT and worker:
                    axes.axis("off")
                    continue
                _dots(axes, inside, places.get(stage, 0), blocked, stage in WAITS, palette)
                if worker == 0:
                    axes.set_title(COLUMNS[stage], loc="left")
                axes.set_xlabel(f"{inside:,}")
        return figure

    return draw


def _dots(axes: Axes, inside: int, places: int, blocked: bool, waits: bool, palette: Palette) -> None:
    most = max(places, DOWN * DOWN)
    down = DOWN if most <= DOWN * DOWN else DOWN * 2
    for place in range(places):
        axes.add_patch(Rectangle((place // down - 0.42, place % down - 0.42), 0.84, 0.84, fill=False, ec=palette.faint))
    drawn = min(inside, most)
    axes.scatter(
        [place // down for place in range(drawn)], [place % down for place in range(drawn)], s=9,
        color=palette.predicted if waits else palette.measured,
    )  # fmt: skip
    if blocked:
        axes.set_facecolor(palette.failed + "40")
    axes.set_xlim(-1, max(DOWN, most / down))
    axes.set_ylim(down, -1)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)


# --- six requests on one time axis ------------------------------------------------------


def rows(variant: Variant) -> list[Row]:
    """What each of six requests, sent together to one worker, does from when to when."""
    watched: list[Request] = []
    load = Load(vus=REQUESTS, ramp_s=0.0, steady_s=1e-6, timeout_s=1e6, graceful_stop_s=1e6)
    alone = replace(variant, workers=1, load=load)
    simulate_run(alone, [0] * REQUESTS, None, 1.0, variant.blocking_time_s > 0, watched)
    found = []
    for request in watched:
        stages = request.stages or []
        pairs = pairwise(stages)
        found.append([(stage, from_s, to_s) for (from_s, stage), (to_s, _) in pairs if to_s > from_s])
    return found


def timelines(ways: Sequence[tuple[str, Variant]]) -> Draw:
    """The same six requests in each way of waiting, below each other on one time axis."""
    found = [(name, rows(variant)) for name, variant in ways]
    latest_s = max(to_s for _, requests in found for row in requests for _, _, to_s in row)

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(
            len(found), 1, figsize=(WIDTH_IN, 1.75 * len(found)), layout="constrained", sharex=True, squeeze=False
        )
        colours = {Stage.THREAD: palette.measured, Stage.AWAIT: palette.series[2], Stage.BLOCK: palette.failed}
        for axes, (name, requests) in zip(charts[:, 0], found, strict=True):
            for place, row in enumerate(requests):
                for stage, from_s, to_s in row:
                    working = stage in colours
                    axes.barh(
                        place, to_s - from_s, left=from_s, height=0.7, color=colours.get(stage, "none"),
                        edgecolor=None if working else palette.ink, linewidth=0 if working else 0.8,
                        linestyle=(0, (2, 2)),
                    )  # fmt: skip
            axes.set_title(name, loc="left")
            axes.set_ylim(len(requests) - 0.4, -0.6)
            axes.set_yticks([0, len(requests) - 1], ["1", str(len(requests))])
            axes.set_xlim(0, latest_s)
        charts[-1, 0].set_xlabel("seconds")
        return figure

    return draw


def timelines_description(ways: Sequence[tuple[str, Variant]]) -> str:
    """When the last of the six responses comes, in each way."""
    last_s = [(name, max(row[-1][2] for row in rows(variant))) for name, variant in ways]
    return (
        "Six requests on a time axis. "
        + "; ".join(f"{name}: the last ends after {s:.0f} s" for name, s in last_s)
        + "."
    )
