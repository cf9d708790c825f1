"""Four faults of different kinds, one behind the other."""

from labs.engine.declare.exercise import (
    Exercise,
    Target,
    Wrong,
    failed,
    gauge,
    memory,
    percentile,
    probe_percentile,
    requests,
    total,
)
from labs.engine.declare.service import Endpoint, Load, Pool, Probe, Sidecar, Variant

EXERCISE = Exercise(
    lab=19,
    title="Four faults, one behind the other",
    story=(
        "A travel agency makes offers. Each takes a query (0.1 s), the weather from another service (0.2 s), and the "
        "hotel's price (0.05 s, by a client that blocks). After the response, the offer is archived (1.3 s, by a "
        "client that blocks too). Thirty users look at an offer for 0.15 s and ask for the next. They wait for "
        "seconds, and the CPU has time to spare. The database allows this service 10 connections. There are four "
        "faults, each of another kind, and behind each stands the next."
    ),
    service=Variant(
        name="",
        # the shortest that is honest: the database, the weather and the hotel may be asked at the same time
        endpoint=Endpoint(path="/offer", module="", waits=2.5, pool="async"),
        ms=100,
        workers=1,
        # evenly over one round of a user, so that the users stay apart
        load=Load(vus=30, think_time_s=0.15, ramp_s=0.5, steady_s=8, timeout_s=15, graceful_stop_s=15),
        pool=Pool(size=10),
        max_connections=200,
        sidecar=Sidecar(module="upstream", upstream=True),
        probe=Probe(path="/health", per_s=10, timeout_s=10),
    ),
    responds={"trip": "product 7", "weather": "done", "price_cents": 19900},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=48,
            otherwise="30 users could get 60 per second. Compute every limit again, the lowest is below that.",
        ),
        Target(
            says="the response time's p99",
            quantity=percentile(99),
            unit="seconds",
            at_most=0.8,
            otherwise="An offer takes 0.35 s where nobody waits for anybody. The rest is waiting.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some got no response, or an error.",
        ),
        Target(
            says="the health check's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.1,
            otherwise="The health check does nothing. If it's slow, it waits for the event loop or for a thread.",
        ),
        Target(
            says="memory of all processes",
            quantity=memory(),
            unit="bytes",
            at_most=300_000_000,
            how=True,
            otherwise="There isn't so much. One worker needs less than 100 MB, and can carry this load.",
        ),
        Target(
            says="loop lag",
            quantity=gauge("loop_lag_seconds"),
            unit="seconds",
            at_most=0.03,
            how=True,
            otherwise="Something keeps the event loop for longer than a moment: it blocks, or it computes.",
        ),
        Target(
            says="connections in use",
            quantity=total("pool_in_use"),
            unit="count",
            at_most=10,
            how=True,
            otherwise="The database doesn't allow so many. 60 queries of 0.1 s per second need 6 at a time.",
        ),
        Target(
            says="calls that wait for a thread token",
            quantity=total("tokens_waiting"),
            unit="count",
            at_most=5,
            how=True,
            otherwise=(
                "Calls that take long and calls that users wait for stand in one line. How many tokens do the long "
                "ones need, at 60 per second?"
            ),
        ),
    ),
    hints=(
        "Write the list of limits: which resource does an offer hold, how many are there, for how long is each held?",
        "4 connections ÷ 0.35 s and more are below 12 per second. The database needs a connection for 0.1 s of that.",
        "The event loop: price_cents() blocks it for 0.05 s, and making an httpx client computes for nearly 20 ms more "
        "(lab 22). One client, made once, serves all requests.",
        "Thread tokens: 60 offers per second × 1.3 s are 78 that archive at once, and there are 40. Archiving needs a "
        "CapacityLimiter of its own: to_thread.run_sync(record, trip, limiter=...), in an async def.",
    ),
    wrong=(
        Wrong(
            file="eight_workers",
            title="eight workers",
            fails="memory of all processes",
            because="Each has all four faults. They share the load, and it takes the memory of eight processes.",
        ),
        Wrong(
            file="three_of_four",
            title="all but the archive",
            fails="calls that wait for a thread token",
            because=(
                "The hotel's client now runs in a thread, and stands in line behind the archive: 40 tokens ÷ 1.35 s "
                "are 30 per second. The health check, a def, stands there too."
            ),
        ),
    ),
)
