"""A load generator held to one core: its own CPU is the ceiling, whatever the service could do."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import response_time, throughput
from labs.engine.declare.service import Endpoint, Load, Machine, Scale, Variant, smoke

AT_ONCE = Endpoint(path="/", module="bare", waits=0)

FAST_1, FAST_2 = "fast service, W = 1", "fast service, W = 2"
FREED = "fast service, W = 1, two cores for k6"
ALONE = "fast service, W = 1, one user who pauses"
SLOW_1, SLOW_2 = "slow service, W = 1", "slow service, W = 2"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    small = scale == "smoke"
    load = smoke(10) if small else Load(vus=100, steady_s=4, timeout_s=10)
    fast = Variant(
        name=FAST_1,
        endpoint=AT_ONCE,
        ms=0,
        workers=1,
        load=load,
        app="bare",
        generator_cores=1,
        server_metrics=None,
        judged=False,
    )
    slow = replace(fast, name=SLOW_1, endpoint=SYNC_SLEEP, app="main", server_metrics="inside", judged=True)
    if small:
        return [fast, replace(slow, ms=50, thread_tokens=4)]
    slow = replace(slow, ms=250, load=Load(vus=320, steady_s=12, timeout_s=14))
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


LAB = Lab(
    number=14,
    slug="lab14_generator",
    title="Is it the server or k6?",
    claim="where service and load generator share cores, the result may be the load generator's limit",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check(
            says="throughput of the fast service, W = 2 / W = 1",
            quantity=throughput(FAST_2) / throughput(FAST_1),
            at_most=1.5,  # of the two that a second worker would bring, were the service the limit
            spoken="with a second worker, the fast service completes {value} times as much "
            "(claimed: at most 1.5 times)",
        ),
        Check(
            says="throughput of the fast service, two cores for k6 / one",
            quantity=throughput(FREED) / throughput(FAST_1),
            at_least=1.0,
            needs_cores=2,
            spoken="with a second core for k6, the fast service completes {value} times as much "
            "(claimed: at least as much)",
        ),
        Check(
            says="p50 that k6 reports with 100 users / with one who pauses",
            quantity=response_time(FAST_1, 50) / response_time(ALONE, 50),
            at_least=3,  # 7 to 30, depending on the machine and the hour
            spoken="with 100 users, k6 reports {value} times the p50 that it reports with one user who pauses "
            "(claimed: at least 3 times)",
        ),
        Check(
            says="throughput of the slow service, W = 2 / W = 1",
            quantity=throughput(SLOW_2) / throughput(SLOW_1),
            at_least=1.9,
            at_most=2.1,
            spoken="with a second worker, the slow service completes {value} times as much (claimed: 1.9 to 2.1 times)",
        ),
    ),
    baseline=FAST_1,
    segments=5,
    once=(SLOW_1, SLOW_2),
    captured_at=("auto",),
)
