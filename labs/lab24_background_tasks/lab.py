"""Background tasks begin when the response is out; what they hold then is taken from the requests that follow."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import (
    Quantity,
    Seen,
    configured,
    highest,
    probe_time,
    probed,
    response_time,
    typical,
)
from labs.engine.declare.service import Endpoint, Load, Machine, Probe, Scale, Variant, smoke

TIMES_AS_LONG = 4  # the def route's task, compared with the route: app/background.py
DEF_DEF = Endpoint(path="/def_task_def", module="background", waits=1, holds_token=1 + TIMES_AS_LONG)
# what these tasks hold is no part of their requests: those hold nothing
DEF_TASK = Endpoint(path="/task_def", module="background", waits=0)
AWAITS = Endpoint(path="/task_awaits", module="background", waits=0)
LIMITED = Endpoint(path="/task_limited", module="background", waits=0)
BLOCKS = Endpoint(path="/task_blocks", module="background", waits=0, blocks_loop=1)

NO_TASK, WITH_TASK = "def route, no task", "def route, def task"
PILED, AWAITED = "async def route, def task", "async def route, async def task"
BLOCKING, OWN_LIMITER = "async def route, task that blocks", "async def route, task with a limiter of its own"

TOKENS = 10
ROUTE_MS, TASK_MS, BLOCK_MS = 100, 1000, 150
USERS, FEW = 40, 7
ARRIVALS_PER_S = 20.0  # twice what the tokens drain
PROBES_PER_S = 2


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    closed = Load(vus=min(USERS, machine.vus), ramp_s=0.2, steady_s=5, timeout_s=29)
    base = Variant(name=NO_TASK, endpoint=SYNC_SLEEP, ms=ROUTE_MS, workers=1, load=closed, thread_tokens=TOKENS)
    if scale == "smoke":
        small = replace(base, load=smoke(20, steady_s=2), ms=50, thread_tokens=4)
        few = smoke(20, arrivals_per_s=20)
        return [
            replace(small, name=WITH_TASK, endpoint=DEF_DEF),
            replace(small, name=PILED, endpoint=DEF_TASK, load=few),
        ]
    # the last probes are answered when the line is empty: the load waits for them
    arriving = Load(vus=50, ramp_s=0.2, steady_s=8, timeout_s=29, graceful_stop_s=20, arrivals_per_s=ARRIVALS_PER_S)
    needs_thread = Probe(path="/sync_endpoint_sync_processing?ms=0", per_s=PROBES_PER_S, timeout_s=20)
    # its connections are open before the load: a blocked loop accepts one per round
    needs_none = Probe(path="/async_endpoint_async_processing?ms=0", per_s=5, timeout_s=4, head_start_s=4)
    piled = replace(base, name=PILED, endpoint=DEF_TASK, ms=TASK_MS, load=arriving, probe=needs_thread)
    return [
        base,
        replace(base, name=WITH_TASK, endpoint=DEF_DEF, load=replace(closed, steady_s=12)),
        piled,
        replace(piled, name=AWAITED, endpoint=AWAITS),
        replace(
            base,
            name=BLOCKING,
            endpoint=BLOCKS,
            ms=BLOCK_MS,
            load=replace(closed, vus=FEW, steady_s=10),
            probe=needs_none,
        ),
        replace(piled, name=OWN_LIMITER, endpoint=LIMITED),
    ]


def drained_per_s(seen: Seen) -> float:
    """μ = W·T / S of the tasks, per second."""
    variant = configured(seen, PILED)
    return variant.workers * variant.thread_tokens / (variant.ms / 1000)


def longest_s(seen: Seen) -> float:
    load = configured(seen, PILED).load
    return load.ramp_s + load.steady_s


def last_wait_s(seen: Seen) -> float:
    """(λ/μ − 1)·t: how long the line takes to drain that has grown when the load ends, seconds."""
    return (ARRIVALS_PER_S / drained_per_s(seen) - 1) * longest_s(seen)


def line(seen: Seen) -> float:
    """(λ + probes)·(1 − μ/λ)·t: the tasks and probes in line when the load ends."""
    return (ARRIVALS_PER_S + PROBES_PER_S) * (1 - drained_per_s(seen) / ARRIVALS_PER_S) * longest_s(seen)


def longest_probe(name: str) -> Quantity:
    return Quantity((name,), lambda seen: probed(seen, name).max)


LAB = Lab(
    number=24,
    slug="lab24_background_tasks",
    title="Background tasks",
    claim="a def background task holds a thread token like a def request; tasks can queue while responses stay quick",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="def tasks: p90 of the responses / a task's time",
            quantity=response_time(PILED, 90) / (TASK_MS / 1000),
            at_most=0.1,
            spoken=f"with def tasks, nine of ten responses are there long before their task's {TASK_MS / 1000:g} s are "
            "over: after at most {share} of it (claimed: at most 10%)",
        ),
        Check(
            says="def tasks: longest line for a token / arrivals that the tokens don't drain",
            quantity=highest(PILED, "tokens_waiting") / Quantity((PILED,), line),
            at_least=0.7,  # read once per second, the last time up to a second before the end
            at_most=1.1,
            spoken="with def tasks, the line for a thread token grows to {share} of what arrives and isn't drained "
            "(claimed: 70% to 110%)",
        ),
        Check(
            says="def tasks: the last def request's wait / the time in which the line drains",
            quantity=longest_probe(PILED) / Quantity((PILED,), last_wait_s),
            at_least=0.85,
            at_most=1.1,
            spoken="beside def tasks, the longest wait of a def request is {share} of the time in which their line "
            "drains (claimed: 85% to 110%)",
        ),
        Check(
            says="async def tasks: requests in flight / arrivals × a task's time",
            quantity=typical(AWAITED, "in_flight") / (ARRIVALS_PER_S * TASK_MS / 1000),
            at_least=0.85,
            at_most=1.2,
            spoken="as many async def tasks are under way as arrive while one of them lasts, to within {off}",
        ),
        *(
            Check(
                says=f"a def request's longest wait beside {kind} / beside def tasks",
                quantity=longest_probe(name) / longest_probe(PILED),
                at_most=0.1,
            )
            for kind, name in (("async def tasks", AWAITED), ("tasks with a limiter of their own", OWN_LIMITER))
        ),
        Check(
            says="tasks that block: median of a route that waits for nothing / one task's time",
            quantity=probe_time(BLOCKING, 50) / (BLOCK_MS / 1000),
            at_least=2,
        ),
    ),
    captured_at=("auto",),
)
