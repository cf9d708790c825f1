"""SQLAlchemy sessions in a FastAPI service: who holds a connection while it waits for a thread token."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import (
    Quantity,
    configured,
    failed_share,
    share_of_prediction,
    smallest,
    throughput,
    told,
    whole_run,
)
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Scale, Variant, smoke

SESSION = Endpoint(
    path="/session",
    module="sessions",
    waits=1,
    holds_token=1,
    holds_connection=1,
    pool="sync",
    ms_parameter="wait_ms",
)
MODEL = replace(SESSION, path="/session_and_model")  # validating it takes no time worth counting
# the user is a query of its own, as long as the route's
USER = replace(SESSION, path="/session_and_user", waits=2, holds_token=2, holds_connection=2)
LIMITED = replace(USER, path="/session_limited")
SHORT = replace(USER, path="/session_short")
ASYNC = replace(USER, path="/session_async", holds_token=0, pool="async")
# a query, then a call that takes 49 times as long
HELD = replace(SESSION, path="/session_held", waits=50, holds_token=50, holds_connection=50)
RELEASED = replace(HELD, path="/session_released", holds_connection=1)
BLOCKING = replace(HELD, path="/session_in_async_def", holds_token=0, blocks_loop=1)

ALONE = "a session"
FORTY, SAFE, HUNG = (f"a session, current_user, N = {users}" for users in (40, 54, 100))
MODELLED, LARGER = "a session, response model, N = 100", "a session, current_user, P = 40, N = 170"
ADMITTED, SHORTER, AWAITED = "max_concurrency", "short sessions", "async session"
CALL_HELD, CALL_RELEASED = "a slow call, session held", "a slow call, session released"
FIFTEEN, SIXTEEN = "async def, N = 15", "async def, N = 16"
HANGING = (HUNG, MODELLED, LARGER)

LINES = 3  # how often such a request waits for a token
TOKENS, KEPT, MOST, TIMEOUT_S = 40, 5, 15, 5.0  # SQLAlchemy keeps 5 connections, and opens 10 more: P = 15
QUERY_MS, BRIEF_MS = 125, 10  # two of the former, or one of twice that: q = 0.25 s


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    pool = Pool(size=MOST, min_size=KEPT, timeout_s=TIMEOUT_S)
    # the first fifteen come over one connection time, or the pool would serve everybody in waves of fifteen
    load = Load(vus=min(100, machine.vus), ramp_s=1.5, steady_s=6, timeout_s=20, graceful_stop_s=21)
    alone = Variant(
        name=ALONE,
        endpoint=SESSION,
        ms=2 * QUERY_MS,
        workers=1,
        load=load,
        thread_tokens=TOKENS,
        pool=pool,
        app="sessions_service",
        metrics_of=("sqlalchemy_pools",),
    )
    if scale == "smoke":
        few = replace(alone, ms=20, load=smoke(6))
        return [few, replace(few, name=AWAITED, endpoint=ASYNC)]

    def users(count: int, steady_s: float) -> Load:
        return replace(load, vus=min(count, machine.vus), steady_s=steady_s)

    def once(count: int) -> Load:
        """It ends shortly before the pool's timeout: whoever hangs has sent one request, and that one counts."""
        return replace(users(count, TIMEOUT_S - 0.2), ramp_s=0)

    user = replace(alone, endpoint=USER, ms=QUERY_MS)
    call = replace(alone, ms=BRIEF_MS, load=users(100, 8))
    blocking = replace(call, endpoint=BLOCKING, judged=False)
    return [
        alone,
        replace(user, name=FORTY, load=users(TOKENS, 6)),
        replace(user, name=SAFE, load=users(TOKENS + MOST - 1, 6), judged=False),
        replace(user, name=HUNG, load=once(100), judged=False),
        replace(alone, name=MODELLED, endpoint=MODEL, load=once(100), judged=False),
        replace(user, name=LARGER, load=once(170), pool=replace(pool, size=TOKENS), judged=False),
        # a connection is handed over by way of the loop: a part of each 250 ms, where threads wake slowly
        replace(user, name=ADMITTED, endpoint=LIMITED, judged=False),
        # it lines up for a connection twice, so the users come and go in waves: the window says less than the whole run
        replace(user, name=SHORTER, endpoint=SHORT, judged=False),
        replace(user, name=AWAITED, endpoint=ASYNC, judged=False),
        replace(call, name=CALL_HELD, endpoint=HELD),
        replace(call, name=CALL_RELEASED, endpoint=RELEASED),
        replace(blocking, name=FIFTEEN, load=users(15, 6)),
        replace(blocking, name=SIXTEEN, load=once(16)),
    ]


def can_hang_at(variant: Variant) -> int:
    """T + P: each token and each connection is then with another request, if all are in the wrong place."""
    return variant.thread_tokens + _connections(variant)


def hangs_at(variant: Variant) -> int:
    """T + 3·P: no request that waits for nothing is left, wherever the others are."""
    return variant.thread_tokens + LINES * _connections(variant)


def circling(variant: Variant) -> float:
    """(P − (N − T) / 3) / q: requests per second while connections wait for tokens, and 0 where all of them do.

    Tokens are given in order of arrival, and a request lines up for one three times: for its session, for its
    user, for its route. So of the N − T requests in that line one in three holds a connection, idle.
    """
    at_work = _connections(variant) - (variant.load.vus - variant.thread_tokens) / LINES
    return max(0.0, min(float(_connections(variant)), at_work)) / variant.connection_time_s


def _connections(variant: Variant) -> int:
    if variant.pool is None:
        raise ValueError(f"{variant.name} has no pool")
    return variant.pool.size


def connection_time(name: str) -> Quantity:
    """q: connections in use in the typical second / throughput, seconds (Little's law of the pool)."""
    return Quantity((name,), lambda seen: told(seen, name).typical("pool_in_use") / seen[name].throughput_per_s)


def nominal_connection_time(name: str) -> Quantity:
    return Quantity((name,), lambda seen: configured(seen, name).connection_time_s)


def circling_law(name: str) -> Quantity:
    return Quantity((name,), lambda seen: circling(configured(seen, name)))


LAB = Lab(
    number=21,
    slug="lab21_database_sessions",
    title="Database sessions",
    claim="if requests hold database connections while they wait for a thread or the loop, the service can hang",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"connection time of {ALONE}, measured / declared",
            quantity=connection_time(ALONE) / nominal_connection_time(ALONE),
            at_least=0.95,
            at_most=1.1,
            spoken=f"a session alone holds its connection for about the {2 * QUERY_MS / 1000:g} s of its query, "
            "to within {off}",
        ),
        Check(
            says=f"failed share of {SAFE}",
            quantity=failed_share(SAFE),
            at_most=0.0,
            spoken=f"with current_user and {TOKENS + MOST - 1} users, {{share}} of the requests fail (claimed: none)",
        ),
        Check(
            says=f"throughput of {SAFE} / ((P − (N − T) / 3) / q)",
            quantity=throughput(SAFE) / circling_law(SAFE),
            at_least=0.9,
            at_most=1.1,
            spoken=f"with current_user and {TOKENS + MOST - 1} users, throughput is what the connections that aren't "
            "idle allow, to within {off}",
        ),
        Check(
            says="smallest failed share of the hanging rows",
            quantity=smallest(*map(failed_share, HANGING)),
            at_least=0.1,
            spoken="in each row that hangs, at least {share} of the requests fail (claimed: at least 10%)",
        ),
        *(
            Check(
                says=f"throughput of {name} / of {ALONE}",
                quantity=throughput(name) / throughput(ALONE),
                at_most=0.2,
            )
            for name in HANGING
        ),
        Check(
            says=f"responses over the whole run: {SHORTER} / {ADMITTED}",
            quantity=whole_run(SHORTER) / whole_run(ADMITTED),
            at_least=0.85,
            at_most=1.1,
        ),
        *(
            Check(
                says=f"throughput of {name} / prediction",
                quantity=share_of_prediction(name),
                at_least=0.9,
                at_most=1.02,
                spoken=f"with {said}, throughput is {{share}} of what the pool alone allows (claimed: at least 90%)",
            )
            for name, said in ((ADMITTED, "max_concurrency"), (AWAITED, "an async session"))
        ),
        Check(
            says=f"throughput of {FIFTEEN} / prediction",
            quantity=share_of_prediction(FIFTEEN),
            at_least=0.9,
            at_most=1.02,
        ),
        Check(
            says=f"throughput of {SIXTEEN} / of {FIFTEEN}",
            quantity=throughput(SIXTEEN) / throughput(FIFTEEN),
            at_most=0.3,
        ),
        Check(
            says="a slow call: throughput with the session released / held",
            quantity=throughput(CALL_RELEASED) / throughput(CALL_HELD),
            at_least=2.4,  # T / P is 2.67
            at_most=2.8,
        ),
    ),
    captured_at=("auto",),
)
