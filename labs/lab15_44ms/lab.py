"""Two workers on the asyncio loop lose TCP_NODELAY: each keep-alive answer waits for a delayed ACK."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Ratio, Scale, Variant

ASYNC_SLEEP = Endpoint("/async_endpoint_async_processing", module="waiting", waits=1)

ONE, TWO = "asyncio, W = 1", "asyncio, W = 2"
TWO_H11, ONE_UV, TWO_UV = "asyncio and h11, W = 2", "uvloop, W = 1", "uvloop, W = 2"

DELAYED_ACK_S = 0.040  # the shortest delay of an acknowledgement in Linux, TCP_DELACK_MIN


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # one user: whatever he waits for is not a queue
    load = Load(1, 0.2, 2, 5, 6) if scale == "smoke" else Load(1, ramp_s=0.2, hold_s=8, timeout_s=10)
    one = Variant(ONE, ASYNC_SLEEP, 0, 1, load, loop="asyncio")
    # a bound and no forecast: the kernel's timer ticks every 1 to 10 ms, and fires at the next tick
    two = replace(one, name=TWO, workers=2, delay_s=DELAYED_ACK_S, judged=False)
    if scale == "smoke":
        return [one, two]
    return [
        one,
        two,
        replace(two, name=TWO_H11, http="h11"),
        replace(one, name=ONE_UV, loop="uvloop"),
        replace(one, name=TWO_UV, loop="uvloop", workers=2),
    ]


def p50(name: str, other: str) -> Ratio:
    """The median response time of one variant over that of another."""
    return lambda seen: seen[name].p50_s / seen[other].p50_s


def of_a_delayed_ack(seen: Mapping[str, Observed]) -> float:
    return seen[TWO].p50_s / DELAYED_ACK_S


LAB = Lab(
    number=15,
    slug="lab15_44ms",
    title="The 44 ms trap",
    claim="on Linux, uvicorn's second worker on the asyncio loop makes each keep-alive answer wait 40 ms",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(f"p50 of {TWO} / of {ONE}", p50(TWO, ONE), (TWO, ONE), low=20, percentile=50),
        Check(f"p50 of {TWO_H11} / of {ONE}", p50(TWO_H11, ONE), (TWO_H11, ONE), low=20, percentile=50),
        Check(f"p50 of {TWO} / Linux's delay of an ACK, 40 ms", of_a_delayed_ack, (TWO,), 0.95, 1.25, percentile=50),
        Check(f"p50 of {TWO_UV} / of {ONE_UV}", p50(TWO_UV, ONE_UV), (TWO_UV, ONE_UV), 0.5, 2, percentile=50),
    ),
    captured_at=("auto",),
    only_on="Linux",
)
