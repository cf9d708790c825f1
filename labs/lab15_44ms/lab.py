"""Two workers on the asyncio loop lose TCP_NODELAY: each keep-alive response waits for a delayed ACK."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import response_time
from labs.engine.declare.service import Load, Machine, Scale, Uvicorn, Variant, smoke

ONE, TWO = "asyncio, W = 1", "asyncio, W = 2"
TWO_H11, ONE_UV, TWO_UV = "asyncio and h11, W = 2", "uvloop, W = 1", "uvloop, W = 2"

DELAYED_ACK_S = 0.040  # the shortest delay of an acknowledgement in Linux, TCP_DELACK_MIN


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # one user: whatever he waits for is not a queue
    load = smoke(1) if scale == "smoke" else Load(vus=1, ramp_s=0.2, steady_s=8, timeout_s=10)
    one = Variant(name=ONE, endpoint=ASYNC_SLEEP, ms=0, workers=1, load=load, uvicorn=Uvicorn(loop="asyncio"))
    # a bound and no prediction: the kernel's timer ticks every 1 to 10 ms, and fires at the next tick
    two = replace(one, name=TWO, workers=2, delay_s=DELAYED_ACK_S, judged=False)
    if scale == "smoke":
        return [one, two]
    return [
        one,
        two,
        replace(two, name=TWO_H11, uvicorn=Uvicorn(loop="asyncio", http="h11")),
        replace(one, name=ONE_UV, uvicorn=Uvicorn(loop="uvloop")),
        replace(one, name=TWO_UV, uvicorn=Uvicorn(loop="uvloop"), workers=2),
    ]


LAB = Lab(
    number=15,
    slug="lab15_44ms",
    title="The 44 ms trap",
    claim="on Linux without uvloop, responses can take 40 ms longer from two workers than from one",
    variants=variants,
    tolerance=0.05,
    # The rows without the delay have no clock that limits them, and yet one decides: the delay is tens of times
    # what a request costs. Whatever disturbs a run brings the first two ratios nearer to 1, away from the claim.
    checks=(
        Check(
            says=f"p50 of {TWO} / of {ONE}",
            quantity=response_time(TWO, 50) / response_time(ONE, 50),
            at_least=20,
            clock_limited=True,
            spoken="with asyncio's own loop, the median response takes {value} times as long from two workers as from "
            "one (claimed: at least 20 times)",
        ),
        Check(
            says=f"p50 of {TWO_H11} / of {ONE}",
            quantity=response_time(TWO_H11, 50) / response_time(ONE, 50),
            at_least=20,
            clock_limited=True,
            spoken="from two workers with asyncio's own loop and the parser h11, the median response takes {value} "
            "times as long as from one with httptools (claimed: at least 20 times)",
        ),
        Check(
            says=f"p50 of {TWO} / Linux's delay of an ACK, 40 ms",
            quantity=response_time(TWO, 50) / DELAYED_ACK_S,
            at_least=0.95,
            at_most=1.25,
            spoken="with asyncio's own loop and two workers, the median response takes {value} times the 40 ms for "
            "which Linux delays an acknowledgement (claimed: 0.95 to 1.25 times)",
        ),
        Check(
            says=f"p50 of {TWO_UV} / of {ONE_UV}",
            quantity=response_time(TWO_UV, 50) / response_time(ONE_UV, 50),
            at_least=0.5,
            at_most=2,
            clock_limited=True,
            spoken="with uvloop, the median response takes {value} times as long from two workers as from one "
            "(claimed: 0.5 to 2 times)",
        ),
    ),
    captured_at=("auto",),
    only_on="Linux",
)
