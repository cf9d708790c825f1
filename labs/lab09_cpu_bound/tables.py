"""What only lab 9's page has: where a health check waits, what it felt, and what became of the queue's jobs."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, rate
from labs.engine.results.result import Result, median_runs
from labs.lab09_cpu_bound.lab import BACKLOG, DEF, INLINE, LAB, PROCESSES
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette, time_bars
from labs.pages.markdown import picture, region, table

PLACES = {INLINE: "async def", DEF: "def", PROCESSES: "processes", BACKLOG: "task queue"}
DRAWN = 4  # requests per round in the drawing: the ten of the lab would be too small to see
HEADINGS = (
    "variant", "repeat", "accepted", "waiting at the end", "begun", "begun per second", "the worker's CPU, cores",
)  # fmt: skip


def rounds() -> Draw:
    """One worker's event loop: whole rounds of computing where the async def computes, small steps where processes do.

    A drawing of the mechanism in units of one request's computing, not a measurement.
    """

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.0), layout="constrained")
        for place in range(2 * DRAWN):
            axes.barh(0, 0.94, left=place, height=0.5, color=palette.measured)
        for place in range(2 * DRAWN):
            axes.barh(1.6, 0.06, left=place + 0.2, height=0.5, color=palette.measured)
        for y, done, said in ((0, DRAWN + 2.0, "responds here"), (1.6, 1.65, "responds here")):
            axes.plot([1.5], [y - 0.42], marker="v", color=palette.failed, markersize=9, clip_on=False)
            axes.plot([1.5, done], [y + 0.42, y + 0.42], color=palette.failed, linewidth=2.5, solid_capstyle="butt")
            axes.annotate(said, (done, y + 0.42), xytext=(4, -4), textcoords="offset points", color=palette.failed)
        axes.axvline(DRAWN, ymin=0.55, ymax=0.98, color=palette.ink, linewidth=1, linestyle=":")
        axes.annotate("async def computes: rounds of four requests", (0, -0.62), color=palette.ink)
        axes.annotate("processes compute: the loop is free", (0, 0.98), color=palette.ink)
        axes.set_ylim(2.3, -0.9)
        axes.set_xlim(-0.1, 2 * DRAWN)
        axes.set_yticks([])
        axes.set_xticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("time, and what the event loop does")
        return figure

    return draw


def waits() -> Draw:
    """The probe's p99 beside each place."""
    return time_bars([(f"beside {name}", p99_s) for name, p99_s in _felt()], 2, "p99 of the health check")


PICTURES = {"lab09-rounds": rounds, "lab09-probe": waits}


def _felt() -> list[tuple[str, float]]:
    runs = median_runs(captured(LAB, "auto"))
    probes = {name: runs[name].measurement.probe for name in PLACES}
    return [(PLACES[name], times.p99) for name, times in probes.items() if times is not None]


def where_it_waits() -> str:
    said = (
        "Drawing. Where the async def computes, the loop is busy with whole rounds of requests, and the health check "
        "waits for the rest of one round and its turn in the next. Where processes compute, it responds at once."
    )
    return region(picture("../figures/lab09-rounds", said))


def probe_beside() -> str:
    said = "; ".join(f"beside {name}: {duration(p99_s)}" for name, p99_s in _felt())
    return region(picture("../figures/lab09-probe", f"Bar chart of the health check's p99. {said}."))


def queued_jobs(scale: Scale = "auto") -> str:
    """Of every variant with a task queue: jobs accepted, waiting at the end, and so begun per second."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for run in result.runs:
        m, load = run.measurement, run.variant.load
        if m.jobs_waiting is None or m.sidecar is None:
            continue
        accepted = m.requests - m.failed
        begun = accepted - m.jobs_waiting
        yield (
            run.variant.name,
            run.repeat + 1,
            f"{accepted:,}",
            f"{m.jobs_waiting:,}",
            f"{begun:,}",
            rate(begun / (load.ramp_s + load.steady_s)),
            f"{m.sidecar.cpu_cores:.2f}",
        )
