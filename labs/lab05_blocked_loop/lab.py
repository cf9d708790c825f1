"""Blocking b seconds inside `async def` stops the whole worker: W / b, and the rest is timeouts."""

from collections.abc import Sequence
from dataclasses import replace

from labs.post import ASYNC_MIX
from labs.runner.model import Endpoint, Lab, Load, Machine, PostComparison, Scale, Variant
from labs.runner.ratios import share_of_prediction

# ms of await, then ms of time.sleep
ASYNC_MIX_ENDPOINT = Endpoint("/async_endpoint_mix_processing", module="waiting", waits=2, blocks_loop=1)

BASE = "as posted"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [Variant(BASE, ASYNC_MIX_ENDPOINT, 50, 2, Load(10, 0.2, 2, 5, 6))]
    if scale == "post":
        ms, workers, shrunk, load = 500, 16, 1.0, Load(vus=10_000, timeout_s=60, graceful_stop_s=30)
    else:
        # hold, timeout and graceful stop a fifth; users so that N·b / (W·timeout) stays 5.2
        vus = min(2500, machine.vus)
        ms, workers, shrunk = round(50 * 2500 / vus), 2, 0.2
        load = Load(vus, 0.2, 6, timeout_s=12, graceful_stop_s=6)
    posted = Variant(BASE, ASYNC_MIX_ENDPOINT, ms, workers, load, source=ASYNC_MIX.id)
    patient = replace(load, timeout_s=200 * shrunk)
    hasty = replace(load, timeout_s=20 * shrunk)
    return [
        posted,
        replace(posted, name="timeout beyond the end", load=patient, source=None),
        # after the first timeouts the workers serve clients that have left: no ceiling applies
        replace(posted, name="timeout a third", load=hasty, judged=False, source=None),
    ]


LAB = Lab(
    number=5,
    slug="lab05_blocked_loop",
    title="A blocked event loop",
    claim="blocking b seconds in an async def lets W workers complete W/b requests/s, whatever the number of users",
    variants=variants,
    tolerance=0.05,
    post=PostComparison("answers a second / (W/b) with 16 workers", share_of_prediction(BASE), (BASE,), tolerance=0.05),
    captured_at=("post", "auto"),
    sources=(ASYNC_MIX,),
)
