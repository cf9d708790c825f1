"""What only lab 14's page has: who is busy, and what the guard would have said."""

from collections.abc import Iterator
from dataclasses import replace

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration, rate
from labs.engine.judgement.doubts import doubts
from labs.engine.judgement.guards import Guard
from labs.engine.results.result import Result, median_runs
from labs.lab14_generator.lab import ALONE, FAST_1, FAST_2, LAB, SLOW_1, SLOW_2
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

HEADINGS = (
    "variant", "throughput/s", "k6's CPU, cores", "of which it may use", "server's CPU, cores", "workers", "p50",
)  # fmt: skip
SHOWN = {
    FAST_1: "fast service, one worker",
    FAST_2: "fast service, two workers",
    SLOW_1: "slow service, one worker",
    SLOW_2: "slow service, two workers",
}


def who_is_busy(scale: Scale = "auto") -> str:
    """CPU of k6 and of the server beside the response time that k6 reports, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def reported() -> str:
    """The median response time that k6 reports of the same service, under load and with one user who pauses."""
    runs = median_runs(captured(LAB, "auto"))
    crowd, alone = runs[FAST_1], runs[ALONE]
    said = (
        f"In our run, k6 reported a median of {duration(crowd.times.p50)} with {crowd.variant.load.vus} users, and of "
        f"{duration(alone.times.p50)} with the one who pauses. It's the same service."
    )
    return region([said])


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        m, variant = run.measurement, run.variant
        yield (
            name,
            rate(run.throughput_per_s),
            f"{m.generator.cpu_cores:.2f}",
            f"{variant.generator_cores or result.provenance.cores:g}",
            f"{m.server.cpu_cores:.2f}",
            variant.workers,
            duration(run.times.p50),
        )


def generator_guard(scale: Scale = "auto") -> str:
    """What the guard says of the runs whose generator was held to one core, had the lab not asked for that."""
    result = captured(LAB, scale)
    held = [
        replace(run, variant=replace(run.variant, generator_cores=None))
        for run in result.runs
        if run.variant.generator_cores == 1 and run.repeat == 0
    ]
    found = doubts(LAB, replace(result, runs=tuple(held)))
    said = [doubt.says for doubt in (*found.measurement, *found.noise) if doubt.guard is Guard.GENERATOR_SATURATED]
    return region(["```text", *(said or ["nothing: the generator was not saturated"]), "```"])


def _shares() -> dict[str, tuple[float, float, float]]:
    """By row: throughput, and which part of the cores that it may use k6 kept busy, and the service."""
    result = captured(LAB, "auto")
    cores, runs = result.provenance.cores, median_runs(result)
    found = {}
    for name, said in SHOWN.items():
        variant, m = runs[name].variant, runs[name].measurement
        asks = m.generator.cpu_cores / (variant.generator_cores or cores)
        responds = m.server.cpu_cores / min(variant.workers, cores)
        found[said] = (runs[name].throughput_per_s, 100 * asks, 100 * responds)
    return found


def busy_figure() -> Draw:
    """Two bars per row: how busy k6 is, and how busy the service."""
    shares = _shares()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.9 + 0.85 * len(shares)), layout="constrained")
        for place, (name, (per_s, asks, responds)) in enumerate(shares.items()):
            axes.barh(place, asks, height=0.22, color=palette.predicted, label=None if place else "k6")
            axes.barh(place + 0.24, responds, height=0.22, color=palette.measured, label=None if place else "service")
            axes.annotate(f"{name}: {rate(per_s)}/s", (0, place - 0.12), xytext=(0, 2), textcoords="offset points")
        axes.set_ylim(len(shares) - 0.5, -0.6)
        axes.set_xlim(0, 105)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("CPU, % of the cores it may use")
        figure.legend(loc="outside upper left", ncols=2, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


PICTURES = {"lab14-busy": busy_figure}


def busy() -> str:
    said = "; ".join(f"{name}: {asks:.0f}% and {responds:.0f}%" for name, (_, asks, responds) in _shares().items())
    return region(picture("../figures/lab14-busy", f"Bar chart of the CPU in use, k6 and service. {said}."))
