"""The same select through a sync and an async pool: who wins depends on what limits."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.endpoints import ASYNC_SELECT, SYNC_SELECT
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, throughput
from labs.engine.declare.service import Load, Machine, Pool, Scale, Variant, smoke
from labs.post import ASYNC_SELECT_4, SYNC_SELECT_4

SYNC, ASYNC = "sync", "async"
SMALL, LARGE = 20, 80  # connections per worker at the post's size: fewer and more than its 40 thread tokens
POST_LONG_MS = 100
# at the default size everything is smaller but the wait: connections that come free together want the loop together,
# so q, how long one is held, is the query's wait and about P·c / 2 more
TOKENS, FEWER, MORE, LONG_MS = 10, 5, 20, 500
ROUTES = ((SYNC, SYNC_SELECT), (ASYNC, ASYNC_SELECT))

GAIN = throughput(ASYNC) / throughput(SYNC)


def waiting(kind: str, wait_ms: int, size: int) -> str:
    return f"{kind}, {wait_ms} ms, P = {size}"


def gain(wait_ms: int, size: int) -> Quantity:
    """Throughput of async over sync, both with one worker and the same query."""
    return throughput(waiting(ASYNC, wait_ms, size)) / throughput(waiting(SYNC, wait_ms, size))


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        small = Pool(size=2)
        return [
            Variant(name=SYNC, endpoint=SYNC_SELECT, ms=0, workers=2, load=smoke(10), pool=small, judged=False),
            Variant(name=ASYNC, endpoint=ASYNC_SELECT, ms=0, workers=2, load=smoke(10), pool=small, judged=False),
            Variant(
                name=waiting(SYNC, 50, LARGE),
                endpoint=SYNC_SELECT,
                ms=50,
                workers=1,
                load=smoke(10),
                pool=Pool(size=LARGE),
            ),
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
    # the regimes: one worker, pools smaller and larger than its thread tokens
    waits_ms: tuple[int, ...]
    if scale == "post":
        waits_ms, sizes, tokens = (0, 20, 50, POST_LONG_MS), (SMALL, LARGE), 40
        shorter = Load(vus=users, steady_s=8, timeout_s=29)
    else:
        waits_ms, sizes, tokens = (LONG_MS,), (FEWER, MORE), TOKENS
        shorter = Load(vus=min(60, machine.vus), steady_s=12, timeout_s=29)
    regimes = [
        Variant(
            name=waiting(name, wait_ms, size),
            endpoint=route,
            ms=wait_ms,
            workers=1,
            load=shorter,
            thread_tokens=tokens,
            pool=Pool(size=size),
            judged=scale != "post",
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
    claim="async SQL can serve more requests if a worker has more database connections than threads",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="500 ms query, P = 20, T = 10: throughput of async / of sync, over P / T",
            quantity=gain(LONG_MS, MORE) / (MORE / TOKENS),
            at_least=0.95,
            at_most=1.05,
            spoken="with queries of 500 ms and 20 connections for 10 threads, async completes twice as much as sync, "
            "to within {off}",
        ),
        Check(
            says="500 ms query, P = 5, T = 10: throughput of async / of sync",
            quantity=gain(LONG_MS, FEWER),
            at_least=0.95,
            at_most=1.05,
            spoken="with queries of 500 ms and 5 connections for 10 threads, async completes as much as sync, "
            "to within {off}",
        ),
        Check(
            says="100 ms query, P = 80: throughput of async / of sync",
            quantity=gain(POST_LONG_MS, LARGE),
            at_least=1.2,
            # tokens against connections is the claim, near as the CPU's own ceiling may be on a small machine
            clock_limited=True,
            spoken="with queries of 100 ms and 80 connections for 40 threads, async completes {value} times as much as "
            "sync (claimed: at least 1.2 times)",
        ),
        Check(
            says="100 ms query, P = 20: throughput of async / of sync",
            quantity=gain(POST_LONG_MS, SMALL),
            at_least=0.95,
            at_most=1.05,
            spoken="with queries of 100 ms and 20 connections for 40 threads, async completes as much as sync, "
            "to within {off}",
        ),
    ),
    post=PostComparison(says="throughput of async / of sync", quantity=GAIN, tolerance=0.2),
    baseline=SYNC,
    pgbench=True,
    captured_at=("post", "auto"),
)
