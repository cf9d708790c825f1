"""An `async def` endpoint that only awaits: nothing is held, so the CPU decides, and workers add CPU."""

from collections.abc import Mapping, Sequence

from labs.post import ASYNC_SLEEP_1, ASYNC_SLEEP_6
from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, PostComparison, Scale, Variant
from labs.runner.ratios import throughput

ASYNC_SLEEP = Endpoint("/async_endpoint_async_processing", module="waiting", waits=1)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [Variant(f"W = {workers}", ASYNC_SLEEP, 100, workers, Load(20, 0.2, 2, 5, 6)) for workers in (1, 2)]
    # the users' own ceiling N / S must lie well above what the CPU can do, or it would bind
    if scale == "post":
        ms, load = 1000, Load(10_000)
    else:
        wanted = min(10_000, round(2_000 * machine.cores))
        vus = min(wanted, machine.vus)
        ms, load = round(500 * vus / wanted), Load(vus, hold_s=15, timeout_s=29)
    sources = {1: ASYNC_SLEEP_1.id, 6: ASYNC_SLEEP_6.id}
    return [
        Variant(f"W = {workers}", ASYNC_SLEEP, ms, workers, load, source=sources.get(workers)) for workers in (1, 2, 6)
    ]


def tail_shrinks(seen: Mapping[str, Observed]) -> float:
    return seen["W = 1"].p95_s / seen["W = 6"].p95_s


LAB = Lab(
    number=1,
    slug="lab01_async_workers",
    title="Workers for async def",
    claim="an async def that only awaits is bound by CPU: W/c with one worker, all cores' C/(c+g) with many",
    variants=variants,
    tolerance=0.05,
    calibrate="W = 1",
    checks=(
        Check(
            "throughput with 6 workers / with 1",
            throughput("W = 6", "W = 1"),
            ("W = 1", "W = 6"),
            low=1.15,
            clock_bound=False,
        ),
        Check(
            "p95 with 1 worker / with 6", tail_shrinks, ("W = 1", "W = 6"), low=1.5, clock_bound=False, percentile=95
        ),
    ),
    post=PostComparison(
        "throughput with 6 workers / with 1", throughput("W = 6", "W = 1"), ("W = 1", "W = 6"), tolerance=0.25
    ),
    captured_at=("post", "auto"),
    sources=(ASYNC_SLEEP_1, ASYNC_SLEEP_6),
)
