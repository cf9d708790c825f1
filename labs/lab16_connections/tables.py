"""What only lab 16's page has: the connections each worker held, and how a short queue lets users in."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE, duration, rate
from labs.engine.results.result import Result
from labs.engine.theory.queueing import thread_tokens_spread
from labs.lab16_connections.lab import FEW, LAB, MANY, TOKENS, WAIT_S
from labs.lab16_connections.queues import queues, queues_mechanism
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table
from labs.pages.regions.mechanism import View
from labs.pages.stepped import still

VIEW = View(variants=(FEW, MANY), sliders=("workers", "tokens", "vus"), at_s=3.0)

MOMENTS_S = (1, 2, 4, 8)
HELD = (
    "variant", "repeat", "connections of each worker", "Σ min(nᵢ, T) / S", "throughput/s", "N / X",
    "largest nᵢ·S / T", "p99",
)  # fmt: skip
LET_IN = ("variant", "repeat", "listen overflows", *(f"in flight after {s} s" for s in MOMENTS_S), "p99")


def connections_held(scale: Scale = "auto") -> str:
    """The connections each worker held, and what theory makes of them; variants with several workers only."""
    return region(table(HELD, _held(captured(LAB, scale))))


def _held(result: Result) -> Iterator[tuple[object, ...]]:
    for run in result.runs:
        v, held = run.variant, sorted(run.measurement.worker_connections)
        if v.workers < 2:
            continue
        yield (
            v.name,
            run.repeat + 1,
            ", ".join(map(str, held)),
            rate(thread_tokens_spread(held, v.thread_tokens, v.token_time_s)),
            rate(run.throughput_per_s),
            duration(v.load.vus / run.throughput_per_s),
            duration(max(v.token_time_s, max(held) * v.token_time_s / v.thread_tokens)),
            duration(run.times.p99),
        )


def users_let_in(scale: Scale = "auto") -> str:
    """How many users had a request in flight after some seconds; variants with one worker only."""
    return region(table(LET_IN, _let_in(captured(LAB, scale))))


def _let_in(result: Result) -> Iterator[tuple[object, ...]]:
    for run in result.runs:
        m = run.measurement
        if run.variant.workers > 1:
            continue
        yield (
            run.variant.name,
            run.repeat + 1,
            NONE if m.listen_overflows is None else m.listen_overflows,
            *(f"{m.timeline.in_flight[s - 1]:,}" for s in MOMENTS_S),
            duration(run.times.p99),
        )


def _slowest() -> list[tuple[int, float]]:
    """Of each run with the most users: the fullest worker's connections, and the run's p99 in seconds."""
    runs = [run for run in captured(LAB, "auto").runs if run.variant.name in (FEW, MANY)]
    found = [(max(run.measurement.worker_connections), run.times.p99) for run in runs if run.times]
    return sorted(found)


def crowding_figure() -> Draw:
    """p99 over the connections of the fullest worker, and n·S / T."""
    points = _slowest()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 2.9), layout="constrained")
        most = 1.1 * max(held for held, _ in points)
        axes.plot([0, most], [0, most * WAIT_S / TOKENS], color=palette.predicted, linewidth=2)
        held, p99_s = zip(*points, strict=True)
        axes.plot(held, p99_s, linestyle="none", marker="o", markersize=8, color=palette.measured)
        axes.set_xlim(0, most)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("connections of the fullest worker")
        axes.set_ylabel("p99, s")
        return figure

    return draw


__all__ = ["PICTURES", "connections_held", "crowding", "queues", "users_let_in"]

PICTURES = {"lab16-crowding": crowding_figure, "lab16-queues": lambda: still(queues_mechanism())}


def crowding() -> str:
    said = "; ".join(f"{held}: {duration(p99_s)}" for held, p99_s in _slowest())
    return region(
        picture("../figures/lab16-crowding", f"Chart of p99 over the connections of the fullest worker. {said}.")
    )
