"""A load generator held to one core: its own CPU is the ceiling, whatever the service could do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Scale, Variant
from labs.runner.ratios import measured, throughput

ANSWERS_AT_ONCE = Endpoint("/", module="bare", waits=0)
SYNC_SLEEP = Endpoint("/sync_endpoint_sync_processing", module="waiting", waits=1, holds_token=1)

FAST_1, FAST_2 = "fast service, W = 1", "fast service, W = 2"
FREED = "fast service, W = 1, two cores for k6"
ALONE = "fast service, W = 1, one user who pauses"
SLOW_1, SLOW_2 = "slow service, W = 1", "slow service, W = 2"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(10, 0.2, 2, 5, 6)
        fast = Variant(FAST_1, ANSWERS_AT_ONCE, 0, 1, load, app="bare", generator_cores=1, panel=False)
        return [fast, Variant(SLOW_1, SYNC_SLEEP, 50, 1, load, thread_tokens=4, generator_cores=1)]
    load = Load(100, hold_s=8, timeout_s=10)
    fast = Variant(FAST_1, ANSWERS_AT_ONCE, 0, 1, load, app="bare", generator_cores=1, judged=False, panel=False)
    slow = Variant(SLOW_1, SYNC_SLEEP, 250, 1, Load(320, hold_s=12, timeout_s=14), generator_cores=1)
    # the second core for k6 needs a machine that has one
    freed = [replace(fast, name=FREED, generator_cores=2)] if machine.cores >= 2 else []
    return [
        fast,
        replace(fast, name=FAST_2, workers=2),
        *freed,
        # one user who pauses: no request waits for another, in the service or in k6
        replace(fast, name=ALONE, load=replace(load, vus=1, think_time_s=0.1)),
        slow,
        replace(slow, name=SLOW_2, workers=2),
    ]


def generator_share(seen: Mapping[str, Observed]) -> float:
    """CPU that k6 used of the one core it may use, the smaller of the two fast rows."""
    return min(measured(seen, name).generator.cpu_cores for name in (FAST_1, FAST_2))


def server_share(seen: Mapping[str, Observed]) -> float:
    """CPU that two workers used of the two cores they could use."""
    return measured(seen, FAST_2).server.cpu_cores / 2


def reported_slower(seen: Mapping[str, Observed]) -> float:
    return seen[FAST_1].p50_s / seen[ALONE].p50_s


LAB = Lab(
    number=14,
    slug="lab14_generator",
    title="Is it the server or k6?",
    claim="where a request costs k6 more CPU than the service, k6's cores are the ceiling and workers change nothing",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check("k6's CPU / the one core it may use", generator_share, (FAST_1, FAST_2), 0.85, 1.1, clock_bound=False),
        Check("CPU of two workers / two cores", server_share, (FAST_2,), 0.0, 0.5, clock_bound=False),
        Check(
            "throughput of the fast service, W = 2 / W = 1",
            throughput(FAST_2, FAST_1),
            (FAST_1, FAST_2),
            0.75,
            1.25,
            clock_bound=False,
        ),
        Check(
            "throughput of the fast service, two cores for k6 / one",
            throughput(FREED, FAST_1),
            (FREED, FAST_1),
            1.1,
            clock_bound=False,
        ),
        Check(
            "p50 that k6 reports with 100 users / with one who pauses",
            reported_slower,
            (FAST_1, ALONE),
            10,
            clock_bound=False,
            percentile=50,
        ),
        Check("throughput of the slow service, W = 2 / W = 1", throughput(SLOW_2, SLOW_1), (SLOW_1, SLOW_2), 1.9, 2.1),
    ),
    calibrate=FAST_1,
    captured_at=("auto",),
)
