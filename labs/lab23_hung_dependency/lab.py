"""A service asks another one that never answers some of its calls: what is left of a worker, and for how long."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import (
    Quantity,
    Seen,
    configured,
    highest,
    measured,
    probed,
    served,
    throughput,
    typical,
)
from labs.engine.declare.service import Endpoint, Load, Machine, Probe, Scale, Sidecar, Variant, smoke

HEALTHY = "no call hangs"
NO_TIMEOUT, ASYNC_HEALTH = "no timeout", "no timeout, async def health check"
SLOW_TIMEOUT, QUICK_TIMEOUT = "timeout 2 s", "timeout 0.5 s"
UNLIMITED, POOLED = "async def, any number of connections", "async def, 100 connections"
LEFT, LEFT_ASYNC = "def, its clients leave after 1 s", "async def, its clients leave after 1 s"

TOKENS = 40
MS, ASYNC_MS = 250, 100  # S, of a call that is answered
EVERY = 5  # one call of so many hangs
HUNG = 1 / EVERY
FOREVER_S = 3600.0  # without a timeout a hung call lasts as long as its connection
USERS = 125
CONNECTIONS = 100  # what an httpx client has if it isn't told otherwise
ARRIVALS_PER_S = 80.0
FEW, PATIENCE_S, CALL_TIMEOUT_S = 16, 1.0, 3.0  # the users that leave, after how long, and the call's own timeout


def mean_s(timeout_s: float, answered_s: float = MS / 1000) -> float:
    """(1 − h)·S + h·t: how long a call takes on average."""
    return (1 - HUNG) * answered_s + HUNG * timeout_s


def holding(timeout_s: float) -> Endpoint:
    """The def route, whose calls hold a token as long as they take."""
    share = mean_s(timeout_s) / (MS / 1000)
    return Endpoint(path="/price", module="hung", waits=share, holds_token=share)


# the same route where hung calls outlast their users: per response that comes in time
PER_RESPONSE = (1 - HUNG) * MS / 1000
LEAVING = Endpoint(
    path="/price",
    module="hung",
    waits=mean_s(PATIENCE_S) / PER_RESPONSE,
    holds_token=mean_s(CALL_TIMEOUT_S) / PER_RESPONSE,
)
LEAVING_ASYNC = replace(LEAVING, path="/price_async", holds_token=0.0)
ALL_ANSWERED = Endpoint(path="/price", module="hung", waits=1, holds_token=1)
ASYNC = Endpoint(path="/price_async", module="hung", waits=1)


def hangs(timeout_s: float = 0, connections: int = 0, every: int = EVERY) -> tuple[tuple[str, str], ...]:
    """What the two programs are told; 0 is none, or no limit."""
    chosen = {"HANGS_EVERY": every, "UPSTREAM_TIMEOUT_S": f"{timeout_s:g}", "UPSTREAM_CONNECTIONS": connections}
    return tuple((name, str(value)) for name, value in chosen.items())


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    base = Variant(
        name=SLOW_TIMEOUT,
        endpoint=holding(2),
        ms=MS,
        workers=1,
        load=Load(vus=min(USERS, machine.vus), ramp_s=0.2, steady_s=12, timeout_s=29, graceful_stop_s=5),
        thread_tokens=TOKENS,
        app="hung",
        settings=hangs(2),
        sidecar=Sidecar(module="hung_upstream", upstream=True),
        whole_run_times=True,
    )
    if scale == "smoke":
        quick = replace(base, load=smoke(20, steady_s=2), thread_tokens=4, settings=hangs(0.5), endpoint=holding(0.5))
        return [replace(quick, name=QUICK_TIMEOUT), replace(quick, name=UNLIMITED, endpoint=ASYNC, judged=False)]
    # tokens that are taken all at once are given back in bursts, and a window's halves differ by one of them
    spread = replace(base.load, ramp_s=2)
    # nothing comes any more once the tokens are gone; the probe's users are never all waiting at once
    ends = replace(base.load, steady_s=10, graceful_stop_s=2)
    watched = Probe(path="/health", per_s=5, timeout_s=1.9)
    no_timeout = replace(
        base, name=NO_TIMEOUT, endpoint=holding(FOREVER_S), load=ends, settings=hangs(), probe=watched, judged=False
    )
    most = min(700, machine.vus)
    arriving = replace(base.load, vus=most, steady_s=8, graceful_stop_s=0.5, arrivals_per_s=ARRIVALS_PER_S)
    unlimited = replace(
        base, name=UNLIMITED, endpoint=ASYNC, ms=ASYNC_MS, load=arriving, settings=hangs(), judged=False
    )
    leaving = replace(base.load, vus=FEW, steady_s=8, timeout_s=PATIENCE_S, graceful_stop_s=PATIENCE_S + 0.5)
    left = replace(base, name=LEFT, endpoint=LEAVING, load=leaving, settings=hangs(CALL_TIMEOUT_S), judged=False)
    return [
        replace(
            base, name=HEALTHY, endpoint=ALL_ANSWERED, load=replace(base.load, steady_s=4.8), settings=hangs(every=0)
        ),
        no_timeout,
        replace(no_timeout, name=ASYNC_HEALTH, probe=replace(watched, path="/health_async")),
        replace(base, load=spread),
        replace(
            base,
            name=QUICK_TIMEOUT,
            endpoint=holding(0.5),
            load=replace(spread, steady_s=10),
            settings=hangs(0.5),
        ),
        unlimited,
        replace(unlimited, name=POOLED, settings=hangs(connections=CONNECTIONS)),
        left,
        replace(left, name=LEFT_ASYNC, endpoint=LEAVING_ASYNC),
    ]


def until_exhausted(places: int) -> float:
    """(1 − h)/h · places: the calls that are answered until as many hang as there are places."""
    return places * (1 - HUNG) / HUNG


def tokens_last(seen: Seen) -> float:
    variant = configured(seen, NO_TIMEOUT)
    return until_exhausted(variant.workers * variant.thread_tokens)


def connections_last(seen: Seen) -> float:
    return until_exhausted(configured(seen, POOLED).workers * CONNECTIONS)


def probe_failed_share(name: str) -> Quantity:
    return Quantity((name,), lambda seen: measured(seen, name).probe_failed / probed(seen, name).samples)


def left_in_flight(seen: Seen) -> float:
    """h·λ·t + (1 − h)·λ·S: what an async def service has in flight when the load ends."""
    load = configured(seen, UNLIMITED).load
    ended_s = load.ramp_s + load.steady_s
    return ARRIVALS_PER_S * (HUNG * ended_s + (1 - HUNG) * ASYNC_MS / 1000)


def at_work(seen: Seen) -> float:
    """X·((1 − h)·S + h·t): the calls that the users who leave keep at work."""
    return FEW / mean_s(PATIENCE_S) * mean_s(CALL_TIMEOUT_S)


def finished_for_nobody(name: str) -> Quantity:
    """Responses whose client had left, over the requests that were given up early enough to be finished."""

    def of(seen: Seen) -> float:
        m, load = measured(seen, name), configured(seen, name).load
        longest_s = load.ramp_s + load.steady_s
        in_time = 1 - (CALL_TIMEOUT_S - PATIENCE_S) / longest_s
        return (sum(m.worker_responses) - (m.requests - m.failed)) / (m.failed * in_time)

    return Quantity((name,), of)


LAB = Lab(
    number=23,
    slug="lab23_hung_dependency",
    title="A hung dependency",
    claim="forty hung calls stop all def routes of a worker; timeouts keep a part of its capacity free",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="no timeout: responses until the tokens are exhausted / tokens × answered calls per hung call",
            quantity=served(NO_TIMEOUT) / Quantity((NO_TIMEOUT,), tokens_last),
            at_least=0.95,
            at_most=1.05,
            spoken=f"without a timeout, the def route completes {until_exhausted(TOKENS):g} requests in all, as "
            "predicted, to within {off}",
        ),
        Check(
            says="share of def health checks that fail without a timeout",
            quantity=probe_failed_share(NO_TIMEOUT),
            at_least=0.7,
            spoken="without a timeout, {share} of the def health checks fail (claimed: at least 70%)",
        ),
        Check(
            says="share of async def health checks that fail beside it",
            quantity=probe_failed_share(ASYNC_HEALTH),
            at_most=0.02,
            spoken="without a timeout, {share} of the async def health checks fail (claimed: at most 2%)",
        ),
        Check(
            says="async def without a timeout: throughput / answered share × arrivals",
            quantity=throughput(UNLIMITED) / ((1 - HUNG) * ARRIVALS_PER_S),
            at_least=0.95,
            at_most=1.05,
            spoken="an async def route without a timeout completes all requests whose calls don't hang, "
            "to within {off}",
        ),
        Check(
            says="async def without a timeout: most requests in flight / calls at work by the end",
            quantity=highest(UNLIMITED, "in_flight") / Quantity((UNLIMITED,), left_in_flight),
            at_least=0.8,  # read once per second, the last time up to a second before the end
            at_most=1.05,
        ),
        Check(
            says="async def: responses until connections are exhausted / connections × answered calls per hung call",
            quantity=served(POOLED) / Quantity((POOLED,), connections_last),
            at_least=0.95,
            at_most=1.05,
        ),
        Check(
            says="def, clients leave: tokens in use / calls at work as if nobody left",
            quantity=typical(LEFT, "tokens_in_use") / Quantity((LEFT,), at_work),
            at_least=0.85,
            at_most=1.15,
        ),
        Check(
            says="async def, clients leave: requests in flight / calls at work as if nobody left",
            quantity=typical(LEFT_ASYNC, "in_flight") / Quantity((LEFT_ASYNC,), at_work),
            at_least=0.85,
            at_most=1.15,
        ),
        *(
            Check(
                says=f"{kind}, clients leave: responses made for nobody / requests given up in time to be finished",
                quantity=finished_for_nobody(name),
                at_least=0.8,
                at_most=1.2,
            )
            for kind, name in (("def", LEFT), ("async def", LEFT_ASYNC))
        ),
    ),
    captured_at=("auto",),
)
