"""The same select through a sync and an async pool: who wins depends on what limits."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.endpoints import ASYNC_SELECT, SYNC_SELECT
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import response_time, throughput
from labs.engine.declare.service import Load, Machine, Pool, Scale, Variant, smoke
from labs.post import ASYNC_SELECT_4, SYNC_SELECT_4

SYNC, ASYNC = "sync", "async"
SYNC_WAITS, ASYNC_WAITS = "sync, 50 ms, P = 80", "async, 50 ms, P = 80"
ROUTES = ((SYNC, SYNC_SELECT), (ASYNC, ASYNC_SELECT))

GAIN = throughput(ASYNC) / throughput(SYNC)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        small = Pool(size=2)
        return [
            Variant(name=SYNC, endpoint=SYNC_SELECT, ms=0, workers=2, load=smoke(10), pool=small, judged=False),
            Variant(name=ASYNC, endpoint=ASYNC_SELECT, ms=0, workers=2, load=smoke(10), pool=small, judged=False),
            Variant(name=SYNC_WAITS, endpoint=SYNC_SELECT, ms=50, workers=1, load=smoke(10), pool=Pool(size=80)),
        ]
    users = min(400, machine.vus)
    workers, load = (4, Load(vus=2_000)) if scale == "post" else (2, Load(vus=users, steady_s=10, timeout_s=29))
    # the post's rows: nothing but the CPU limits, and it is shared with the database
    posted = [
        Variant(
            name=name, endpoint=route, ms=0, workers=workers, load=load, pool=Pool(size=10), judged=False, repeats=row
        )
        for (name, route), row in zip(ROUTES, (SYNC_SELECT_4, ASYNC_SELECT_4), strict=True)
    ]
    # the regimes: one worker, pools smaller and larger than the 40 thread tokens
    shorter = Load(vus=users, steady_s=8, timeout_s=29)
    sizes, waits_ms = ((20, 80), (0, 20, 50, 100)) if scale == "post" else ((80,), (50,))
    regimes = [
        Variant(
            name=f"{name}, {wait_ms} ms, P = {size}",
            endpoint=route,
            ms=wait_ms,
            workers=1,
            load=shorter,
            pool=Pool(size=size),
            # without a wait only the CPU limits, at a cost that one worker does not share with four
            judged=wait_ms > 0,
        )
        for size in sizes
        for wait_ms in waits_ms
        for name, route in ROUTES
    ]
    return [*posted, *regimes]


LAB = Lab(
    number=6,
    slug="lab06_select",
    title="Sync and async select",
    claim="async SQL beats sync where the query waits and P exceeds the 40 tokens; limited by CPU they are equal",
    variants=variants,
    # q, how long a connection is held, is more than the query's wait: BEGIN, COMMIT and loop lag belong to it
    tolerance=0.25,
    checks=(
        Check(says="CPU-limited: throughput of async / of sync", quantity=GAIN, at_least=0.75, at_most=1.33),
        Check(
            says="CPU-limited: p99 of sync / of async",
            quantity=response_time(SYNC, 99) / response_time(ASYNC, 99),
            at_least=1.2,
        ),
        Check(
            says="50 ms query, P = 80: throughput of async / of sync",
            quantity=throughput(ASYNC_WAITS) / throughput(SYNC_WAITS),
            at_least=1.2,
            # tokens against connections is the claim, near as the CPU's own ceiling may be on a small machine
            clock_limited=True,
        ),
    ),
    post=PostComparison(says="throughput of async / of sync", quantity=GAIN, tolerance=0.2),
    baseline=SYNC,
    pgbench=True,
    captured_at=("post", "auto"),
)
