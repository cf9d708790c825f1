"""The same select through a sync and an async pool: who wins depends on what binds."""

from collections.abc import Mapping, Sequence

from labs.post import ASYNC_SELECT_4, SYNC_SELECT_4
from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, PostComparison, Scale, Variant
from labs.runner.ratios import throughput

SYNC = Endpoint(
    "/sync_select", "database", waits=1, holds_token=1, holds_connection=1, pool="sync", ms_parameter="wait_ms"
)
ASYNC = Endpoint("/async_select", "database", waits=1, holds_connection=1, pool="async", ms_parameter="wait_ms")

WAITS_MS = (0, 20, 50, 100)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(10, 0.2, 2, 5, 6)
        return [
            Variant("sync", SYNC, 0, 2, load, pool_size=2, judged=False),
            Variant("async", ASYNC, 0, 2, load, pool_size=2, judged=False),
            Variant("sync, 50 ms, P = 80", SYNC, 50, 1, load, pool_size=80),
        ]
    load, workers = (Load(2_000), 4) if scale == "post" else (Load(min(400, machine.vus), hold_s=10, timeout_s=29), 2)
    # the post's rows: nothing but the CPU binds, and it is shared with the database
    rows = [
        Variant("sync", SYNC, 0, workers, load, pool_size=10, judged=False, source=SYNC_SELECT_4.id),
        Variant("async", ASYNC, 0, workers, load, pool_size=10, judged=False, source=ASYNC_SELECT_4.id),
    ]
    # the regimes: one worker, pools smaller and larger than the 40 thread tokens
    shorter = Load(min(400, machine.vus), hold_s=8, timeout_s=29)
    sizes = (20, 80) if scale == "post" else (80,)
    waits = WAITS_MS if scale == "post" else (50,)
    for pool_size in sizes:
        for wait_ms in waits:
            for name, endpoint in (("sync", SYNC), ("async", ASYNC)):
                title = f"{name}, {wait_ms} ms, P = {pool_size}"
                # without a wait only the CPU binds, at a cost that one worker does not share with four
                rows.append(Variant(title, endpoint, wait_ms, 1, shorter, pool_size=pool_size, judged=wait_ms > 0))
    return rows


def tail(seen: Mapping[str, Observed]) -> float:
    return (seen["sync"].p99_s or 0.0) / (seen["async"].p99_s or 1.0)


LAB = Lab(
    number=6,
    slug="lab06_select",
    title="Sync and async select",
    claim="async SQL beats sync where the query waits and P exceeds the 40 tokens; where the CPU binds they are equal",
    variants=variants,
    # q, how long a connection is held, is more than the query's wait: BEGIN, COMMIT and loop lag belong to it
    tolerance=0.25,
    checks=(
        Check(
            "CPU-bound: throughput of async / of sync",
            throughput("async", "sync"),
            ("sync", "async"),
            0.75,
            1.33,
            clock_bound=False,
        ),
        Check("CPU-bound: p99 of sync / of async", tail, ("sync", "async"), low=1.2, clock_bound=False, percentile=99),
        Check(
            "50 ms query, P = 80: throughput of async / of sync",
            throughput("async, 50 ms, P = 80", "sync, 50 ms, P = 80"),
            ("sync, 50 ms, P = 80", "async, 50 ms, P = 80"),
            low=1.2,
        ),
    ),
    post=PostComparison("throughput of async / of sync", throughput("async", "sync"), ("sync", "async"), tolerance=0.2),
    sources=(SYNC_SELECT_4, ASYNC_SELECT_4),
    calibrate="sync",
    pgbench=True,
    captured_at=("post", "auto"),
)
