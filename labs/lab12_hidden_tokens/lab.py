"""A request that takes its resource twice: one after the other it queues twice, at once it deadlocks."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, failed_share, measured, throughput, whole_run
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Scale, Variant, smoke

# the dependency waits as long as the route
DEF_DEF = Endpoint(path="/def_with_def_dependency", module="hidden_tokens", waits=2, holds_token=2)
ASYNC_DEF = Endpoint(path="/async_with_def_dependency", module="hidden_tokens", waits=2, holds_token=1)
# the second token is for validating the response, which takes no time worth counting
MODEL = Endpoint(path="/def_with_response_model", module="hidden_tokens", waits=1, holds_token=1)
# two queries, one after the other
ONE = Endpoint(
    path="/one_connection", module="hidden_tokens", waits=2, holds_connection=2, pool="async", ms_parameter="wait_ms"
)
# the first connection is held for both queries, the second for one
TWO = replace(ONE, path="/two_connections", holds_connection=3)
SESSION = Endpoint(
    path="/def_with_session",
    module="hidden_tokens",
    waits=1,
    holds_token=1,
    holds_connection=1,
    pool="sync",
    ms_parameter="wait_ms",
)

BASE, DEPENDENCY, ASYNC, MODELLED = "def", "def, def dependency", "async def, def dependency", "def, response model"
SINGLE, NESTED, HELD = "one connection", "two connections", "a connection, then a token"

WAIT_MS, QUERY_MS, TOKENS = 500, 100, 10


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    many = Load(vus=40, ramp_s=0.2, steady_s=8, timeout_s=10, graceful_stop_s=12)
    ten = Pool(size=10, timeout_s=2)
    nested = Variant(name=NESTED, endpoint=TWO, ms=QUERY_MS, workers=1, load=many, pool=ten, judged=False)
    if scale == "smoke":
        few = smoke(6)  # fewer users than connections cannot deadlock
        dependency = Variant(name=DEPENDENCY, endpoint=DEF_DEF, ms=50, workers=1, load=few, thread_tokens=4)
        return [dependency, replace(nested, ms=20, load=few)]
    # N = 6·T, all within the first wave: to queue once takes 3 s, and the steady phase is a whole number of turns.
    # Few tokens, because the loop serves a whole wave at once and the next one begins that much later.
    load = Load(vus=min(60, machine.vus), ramp_s=0.2, steady_s=10, timeout_s=29)
    base = Variant(name=BASE, endpoint=SYNC_SLEEP, ms=WAIT_MS, workers=1, load=load, thread_tokens=TOKENS)
    return [
        base,
        replace(base, name=DEPENDENCY, endpoint=DEF_DEF, load=replace(load, steady_s=14)),
        replace(base, name=ASYNC, endpoint=ASYNC_DEF),
        replace(base, name=MODELLED, endpoint=MODEL, load=replace(load, steady_s=12), judged=False),
        replace(nested, name=SINGLE, endpoint=ONE, judged=True),
        nested,
        replace(nested, name=HELD, endpoint=SESSION, load=replace(many, vus=120)),
    ]


def silence(seen: Seen) -> float:
    """Whole seconds before the first response with a response model, over N·S / T: until everybody has had a token."""
    timeline, variant = measured(seen, MODELLED).timeline, configured(seen, MODELLED)
    first_s = next(s for s, count in zip(timeline.second, timeline.expected_per_s, strict=True) if count)
    return first_s / (variant.load.vus * variant.token_time_s / variant.thread_tokens)


def busiest_second(name: str) -> Quantity:
    return Quantity((name,), lambda seen: float(max(measured(seen, name).timeline.expected_per_s)))


LAB = Lab(
    number=12,
    slug="lab12_hidden_tokens",
    title="Hidden tokens",
    claim=(
        "dependencies and response models take thread tokens too; "
        "requests that wait for a token while they hold a connection can deadlock"
    ),
    variants=variants,
    tolerance=0.04,
    checks=(
        Check(
            says="seconds of silence at first with a response model / (N·S / T)",
            quantity=Quantity((MODELLED,), silence),
            at_least=0.6,  # the first of the responses at 3.0 s may fall into the second before
            at_most=1.1,
            spoken="with a response model, the silence at the start lasts the 3 s in which every user gets a first "
            "token, to within {off}",
        ),
        Check(
            says="responses over the whole run with a response model / without",
            quantity=whole_run(MODELLED) / whole_run(BASE),
            at_least=0.85,
            at_most=1.1,
            spoken="over the whole run, the route with a response model completes {share} of what the one without does "
            "(claimed: 85% to 110%)",
        ),
        Check(
            says="busiest second with a response model / the average second",
            quantity=busiest_second(MODELLED) / whole_run(MODELLED),
            at_least=2.0,
            spoken="with a response model, the busiest second has {value} times as many responses as the average one "
            "(claimed: at least 2 times)",
        ),
        Check(
            says=f"throughput of {NESTED} / of {SINGLE}",
            quantity=throughput(NESTED) / throughput(SINGLE),
            at_most=0.2,
            spoken="the route that takes two connections completes {share} of what the one with one connection does "
            "(claimed: at most 20%)",
        ),
        Check(says=f"failed share of {NESTED}", quantity=failed_share(NESTED), at_least=0.5, at_most=1.0),
        Check(
            says=f"throughput of {HELD} / of {SINGLE}",
            quantity=throughput(HELD) / throughput(SINGLE),
            at_most=0.2,
        ),
        Check(says=f"failed share of {HELD}", quantity=failed_share(HELD), at_least=0.5, at_most=1.0),
    ),
    captured_at=("auto",),
)
