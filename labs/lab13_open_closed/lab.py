"""One stall, two load models: the closed one stops asking while nothing responds, and hardly sees it."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, measured, response_time
from labs.engine.declare.service import Endpoint, Load, Machine, Scale, Variant, smoke
from labs.engine.theory.queueing import users as users_per_s

STALLS_ONCE = Endpoint(path="/stalls_once", module="stalling", waits=1)

CLOSED, OPEN = "closed", "open"
CLOSED_STALL, OPEN_STALL = "closed, one stall", "open, one stall"

MS, THINK_S, USERS = 60, 0.06, 6
RATE_PER_S = users_per_s(USERS, MS / 1000, THINK_S)  # the open model sends what the closed one would
STALL_S, AFTER_S = 2.0, 14.0  # after the middle of the run: the window never leaves it out as start-up


def stall(after_s: float, length_s: float) -> tuple[tuple[str, str], ...]:
    return (("STALL_AFTER_S", f"{after_s:g}"), ("STALL_S", f"{length_s:g}"))


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":  # long enough to hold the stall
        thinking = smoke(4, steady_s=2, think_time_s=0.05)
        closed = Variant(
            name=CLOSED_STALL, endpoint=STALLS_ONCE, ms=20, workers=1, load=thinking, settings=stall(1, 0.5)
        )
        return [closed, replace(closed, name=OPEN_STALL, load=smoke(40, steady_s=2, arrivals_per_s=40))]
    # so long that N of its responses, one per user, are less than 1%
    load = Load(vus=USERS, ramp_s=1, steady_s=24, timeout_s=20, graceful_stop_s=25, think_time_s=THINK_S)
    # users for every request that the stall keeps waiting, and half as many again
    waiting = round(1.5 * RATE_PER_S * STALL_S)
    arriving = replace(load, vus=min(waiting, machine.vus), think_time_s=0.0, arrivals_per_s=RATE_PER_S)
    closed = Variant(
        name=CLOSED,
        endpoint=STALLS_ONCE,
        ms=MS,
        workers=1,
        load=load,
        settings=stall(AFTER_S, 0),
        whole_run_times=True,
    )
    stalling = stall(AFTER_S, STALL_S)
    return [
        closed,
        replace(closed, name=OPEN, load=arriving),
        # no throughput is steady across a stall: these are judged by what they say of response times
        replace(closed, name=CLOSED_STALL, settings=stalling, judged=False),
        replace(closed, name=OPEN_STALL, load=arriving, settings=stalling, judged=False),
    ]


# --8<-- [start:percentile]
def percentile_s(percent: float, requests: int, users: int = 0) -> float:
    """The response time that `percent` of the requests stay below, predicted from the configuration.

    Open model (users = 0): requests arrive evenly, so one that comes u seconds into the stall waits
    STALL_S − u; slower than w are those of the first STALL_S − w seconds, and the λ·S that were in flight
    when it began. Closed model: each user has one request in the stall, and none comes after it.
    """
    slower = requests * (1 - percent / 100)
    if users:
        return MS / 1000 + (STALL_S if users > slower else 0.0)
    later = max(0.0, slower - RATE_PER_S * MS / 1000)
    return MS / 1000 + max(0.0, STALL_S - later / RATE_PER_S)


# --8<-- [end:percentile]


def share_of_predicted(name: str, percent: int, users: int = 0) -> Quantity:
    """A measured percentile over the one predicted for as many requests as were sent."""
    predicted_s = Quantity((name,), lambda seen: percentile_s(percent, measured(seen, name).requests, users))
    return response_time(name, percent) / predicted_s


def requests(name: str) -> Quantity:
    return Quantity((name,), lambda seen: float(measured(seen, name).requests))


LAB = Lab(
    number=13,
    slug="lab13_open_closed",
    title="Open and closed model",
    claim="in a load test, users who wait for each response send nothing during a stall, so the test hardly notices it",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="closed model's p99 across a stall / S",
            quantity=share_of_predicted(CLOSED_STALL, 99, users=USERS),
            at_least=0.9,
            at_most=2.0,
            spoken=f"across a stall, the closed test's p99 is {{value}} times the {MS} ms that a request takes without "
            "one (claimed: 0.9 to 2 times)",
        ),
        Check(
            says="open model's p99 across the stall / predicted",
            quantity=share_of_predicted(OPEN_STALL, 99),
            at_least=0.9,
            at_most=1.1,
            spoken=f"the open test's p99 is as predicted from a stall of {STALL_S:g} s, to within {{off}}",
        ),
        Check(
            says="open model's p95 across the stall / predicted",
            quantity=share_of_predicted(OPEN_STALL, 95),
            at_least=0.8,
            at_most=1.2,
            spoken=f"the open test's p95 is as predicted from a stall of {STALL_S:g} s, to within {{off}}",
        ),
        Check(
            says="requests the closed model did not send / (λ·stall − N)",  # one per user did wait
            quantity=(requests(CLOSED) - requests(CLOSED_STALL)) / (RATE_PER_S * STALL_S - USERS),
            at_least=0.85,
            at_most=1.15,
            spoken=f"across a stall, the closed test leaves out {{share}} of the {RATE_PER_S * STALL_S - USERS:g} "
            "requests that theory says it does (claimed: 85% to 115%)",
        ),
    ),
    captured_at=("auto",),
)
