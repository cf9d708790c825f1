"""One stall, two load models: the closed one stops asking while nothing answers, and hardly sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Ratio, Scale, Variant
from labs.runner.queueing import users as users_per_s

STALLS_ONCE = Endpoint("/stalls_once", module="stalling", waits=1)

CLOSED, OPEN = "closed", "open"
CLOSED_STALL, OPEN_STALL = "closed, one stall", "open, one stall"

MS, THINK_S, USERS = 60, 0.06, 6
RATE_PER_S = users_per_s(USERS, MS / 1000, THINK_S)  # the open model sends what the closed one would
STALL_S, AFTER_S = 2.0, 14.0  # after the middle of the run: the window never leaves it out as start-up
STALLING = (("STALL_AFTER_S", f"{AFTER_S:g}"), ("STALL_S", f"{STALL_S:g}"))
NO_STALL = (("STALL_AFTER_S", f"{AFTER_S:g}"), ("STALL_S", "0"))


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(4, 0.2, 2, 5, 6, think_time_s=0.05)
        closed = Variant(CLOSED_STALL, STALLS_ONCE, 20, 1, load, settings=(("STALL_AFTER_S", "1"), ("STALL_S", "0.5")))
        return [closed, replace(closed, name=OPEN_STALL, load=Load(40, 0.2, 2, 5, 6, arrivals_per_s=40))]
    # so long that N of its answers, one a user, are less than 1 %
    load = Load(USERS, 1, 24, timeout_s=20, graceful_stop_s=25, think_time_s=THINK_S)
    # users for every request that the stall keeps waiting, and half as many again
    waiting = round(1.5 * RATE_PER_S * STALL_S)
    arriving = replace(load, vus=min(waiting, machine.vus), think_time_s=0.0, arrivals_per_s=RATE_PER_S)
    closed = Variant(CLOSED, STALLS_ONCE, MS, 1, load, settings=NO_STALL)
    return [
        closed,
        replace(closed, name=OPEN, load=arriving),
        # no throughput is steady across a stall: these are judged by what they say of response times
        replace(closed, name=CLOSED_STALL, settings=STALLING, judged=False),
        replace(closed, name=OPEN_STALL, load=arriving, settings=STALLING, judged=False),
    ]


# --8<-- [start:percentile]
def percentile_s(percent: float, requests: int, users: int = 0) -> float:
    """The response time that `percent` of the requests stay below, predicted from the configuration.

    Open model (users = 0): requests arrive evenly, so one that comes u seconds into the stall waits
    STALL_S − u; slower than w are those of the first STALL_S − w seconds. Closed model: each user has
    one request in the stall, and none comes after it.
    """
    slower = requests * (1 - percent / 100)
    if users:
        return MS / 1000 + (STALL_S if users > slower else 0.0)
    return MS / 1000 + max(0.0, STALL_S - slower / RATE_PER_S)


# --8<-- [end:percentile]


def measured_over_predicted(name: str, percent: int, users: int = 0) -> Ratio:
    """A measured percentile over the predicted one."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        measured = seen[name].measurement
        assert measured is not None
        times = measured.response_time_s
        return {95: times.p95, 99: times.p99}[percent] / percentile_s(percent, measured.requests, users)

    return ratio


def omitted(seen: Mapping[str, Observed]) -> float:
    """Requests that the closed model sent less because of the stall, over λ·stall − N: one a user did wait."""
    whole, stalled = seen[CLOSED].measurement, seen[CLOSED_STALL].measurement
    assert whole is not None and stalled is not None
    return (whole.requests - stalled.requests) / (RATE_PER_S * STALL_S - USERS)


def tail(says: str, name: str, percent: int, low: float, high: float, users: int = 0) -> Check:
    return Check(says, measured_over_predicted(name, percent, users), (name,), low, high, percentile=percent)


LAB = Lab(
    number=13,
    slug="lab13_open_closed",
    title="Open and closed model",
    claim="a closed model stops asking during a stall: its p99 misses what an open one of the same rate sees at p95",
    variants=variants,
    tolerance=0.05,
    checks=(
        tail("closed model's p99 across a stall / S", CLOSED_STALL, 99, 0.9, 2.0, users=USERS),
        tail("open model's p99 across the stall / predicted", OPEN_STALL, 99, 0.9, 1.1),
        tail("open model's p95 across the stall / predicted", OPEN_STALL, 95, 0.8, 1.2),
        Check("requests the closed model did not send / (λ·stall − N)", omitted, (CLOSED, CLOSED_STALL), 0.85, 1.15),
    ),
    captured_at=("auto",),
)
