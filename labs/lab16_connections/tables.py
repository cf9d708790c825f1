"""What only lab 16's page has: the connections each worker held, and how a short queue lets users in."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE, duration, rate
from labs.engine.results.result import Result
from labs.engine.theory.queueing import thread_tokens_spread
from labs.lab16_connections.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

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
