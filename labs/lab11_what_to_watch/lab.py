"""Three failures that look alike from outside, told apart by what the workers say of themselves."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_MIX, ASYNC_SELECT, ASYNC_SLEEP, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import (
    Quantity,
    Seen,
    largest,
    measured,
    response_time,
    smallest,
    told,
)
from labs.engine.declare.service import Load, Machine, Pool, Scale, Variant, smoke

HEALTHY = "healthy"
BLOCKED, NO_TOKENS, NO_CONNECTIONS = "loop blocked", "tokens exhausted", "pool exhausted"
FAULTS = (BLOCKED, NO_TOKENS, NO_CONNECTIONS)
WITHOUT, WITH = "no wait, without server metrics", "no wait, with server metrics"

WORKERS, EACH = 2, 10  # EACH: thread tokens per worker, connections per worker


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # one capacity for all three: W / b = W·T / S = W·P / q
    blocks_ms, waits_ms = (20, 200) if scale == "smoke" else (40, 400)
    # four times what the tokens allow: the healthy service completes four times as much as the failing ones.
    # The steady phase lasts nine times N / X, twice that where the loop is blocked: it serves its users in turns,
    # and those of the first turn waited less, so that up to 6% of them were in no response time of a shorter one
    users = min(4 * WORKERS * EACH, machine.vus)
    # workers report once per second: in the smoke scale's one second nobody might
    load = smoke(users, steady_s=2) if scale == "smoke" else Load(vus=users, steady_s=14, timeout_s=29)
    longer = load if scale == "smoke" else replace(load, steady_s=2 * load.steady_s)
    healthy = Variant(
        name=HEALTHY,
        endpoint=ASYNC_SLEEP,
        ms=waits_ms,
        workers=WORKERS,
        load=load,
        thread_tokens=EACH,
        server_metrics="exported",  # how a service does that is what the lab shows
    )
    failing = [
        replace(healthy, name=BLOCKED, endpoint=ASYNC_MIX, ms=blocks_ms, load=longer),
        replace(healthy, name=NO_TOKENS, endpoint=SYNC_SLEEP),
        replace(healthy, name=NO_CONNECTIONS, endpoint=ASYNC_SELECT, pool=Pool(size=EACH)),
    ]
    if scale == "smoke":
        return failing
    # nothing but the CPU limits it: what the server metrics cost shows in what a request costs
    few = Load(vus=min(64, machine.vus), steady_s=6, timeout_s=29)
    busy = replace(healthy, ms=0, workers=1, load=few, judged=False)
    return [healthy, *failing, replace(busy, name=WITHOUT, server_metrics=None), replace(busy, name=WITH)]


def cores_used(name: str) -> Quantity:
    return Quantity((name,), lambda seen: measured(seen, name).server.cpu_cores, uses_cpu=True)


def stands_out(gauge: str, fault: str, least: float) -> Quantity:
    """A gauge's typical value under one fault over its highest typical value in any other variant.

    `least` stands for less than that: it is as fine as the gauge tells.
    """

    def of(seen: Seen) -> float:
        others = max(told(seen, name).typical(gauge) for name in (HEALTHY, *FAULTS) if name != fault)
        return told(seen, fault).typical(gauge) / max(others, least)

    return Quantity((HEALTHY, *FAULTS), of)


def queued(gauge: str, fault: str) -> Quantity:
    """Requests that wait for one of W·EACH places, over the N − W·EACH that find none free."""

    def of(seen: Seen) -> float:
        return told(seen, fault).typical_sum(gauge) / (measured(seen, fault).vus_reached - WORKERS * EACH)

    return Quantity((fault,), of)


LAB = Lab(
    number=11,
    slug="lab11_what_to_watch",
    title="What to watch",
    claim="a blocked loop, too few threads and too few connections look alike; three numbers tell them apart",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="p95 of the quickest failing variant / of the healthy one",
            quantity=smallest(*(response_time(fault, 95) for fault in FAULTS)) / response_time(HEALTHY, 95),
            at_least=3,  # theory: N / X is four times S
            spoken="in each of the three failing services, the p95 is at least {value} times that of the healthy one "
            "(claimed: at least 3 times)",
        ),
        Check(
            says="share of its workers' cores that the busiest failing variant uses",
            quantity=largest(*(cores_used(fault) for fault in FAULTS)) / WORKERS,
            at_most=0.25,
            clock_limited=True,  # the clock sets X; whatever disturbs it makes a request cost more, never less
            spoken="the busiest of the failing services uses {share} of the cores that its workers could use "
            "(claimed: at most 25%)",
        ),
        Check(
            says="loop lag with the loop blocked / in any other",
            quantity=stands_out("loop_lag_seconds", BLOCKED, least=0.001),
            at_least=10,
            # lower than it is where the others have less than `least`
            spoken="loop lag where the loop is blocked is at least {value} times that of any other service "
            "(claimed: 10 times)",
        ),
        Check(
            says="waiting for a token with the tokens exhausted / in any other",
            quantity=stands_out("tokens_waiting", NO_TOKENS, least=1),
            at_least=10,
            spoken="at least {value} times as many requests wait for a token where the tokens are exhausted as in any "
            "other service (claimed: 10 times)",
        ),
        Check(
            says="waiting for a connection with the pool exhausted / in any other",
            quantity=stands_out("pool_waiting", NO_CONNECTIONS, least=1),
            at_least=10,
        ),
        Check(
            says="waiting for a token / N − W·T",
            quantity=queued("tokens_waiting", NO_TOKENS),
            at_least=0.9,
            at_most=1.1,
        ),
        Check(
            says="waiting for a connection / N − W·P",
            quantity=queued("pool_waiting", NO_CONNECTIONS),
            at_least=0.9,
            at_most=1.1,
        ),
    ),
    captured_at=("auto",),
)
