"""Blocking b seconds inside `async def` stops the whole worker: W / b, and the rest is timeouts."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import PostComparison
from labs.engine.declare.endpoints import ASYNC_MIX
from labs.engine.declare.lab import HomeBar, Lab
from labs.engine.declare.quantities import share_of_prediction
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke
from labs.post import ASYNC_MIX as POSTED_ROW

POSTED, PATIENT, HASTY = "as posted", "timeout beyond the end", "timeout a third"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [Variant(name=POSTED, endpoint=ASYNC_MIX, ms=50, workers=2, load=smoke(10))]
    if scale == "post":
        ms, workers, shrunk, load = 500, 16, 1.0, Load(vus=10_000)
    else:
        # steady phase, timeout and graceful stop a fifth; users so that N·b / (W·timeout) stays 5.2
        vus = min(2500, machine.vus)
        ms, workers, shrunk = round(50 * 2500 / vus), 2, 0.2
        load = Load(vus=vus, ramp_s=0.2, steady_s=6, timeout_s=12, graceful_stop_s=6)
    posted = Variant(
        name=POSTED, endpoint=ASYNC_MIX, ms=ms, workers=workers, load=load, whole_run_times=True, repeats=POSTED_ROW
    )
    patient = replace(load, timeout_s=200 * shrunk)
    hasty = replace(load, timeout_s=20 * shrunk)
    return [
        posted,
        replace(posted, name=PATIENT, load=patient, repeats=None),
        # after the first timeouts the workers serve clients that have left: no ceiling applies
        replace(posted, name=HASTY, load=hasty, judged=False, repeats=None),
    ]


LAB = Lab(
    number=5,
    slug="lab05_blocked_loop",
    title="A blocked event loop",
    claim="while an async def blocks, its whole worker stands still: all its other requests wait",
    variants=variants,
    tolerance=0.05,
    post=PostComparison(
        says="responses per second / (W/b) with 16 workers", quantity=share_of_prediction(POSTED), tolerance=0.05
    ),
    captured_at=("post", "auto"),
    home_bar=HomeBar(variant=POSTED, label="async def: awaits half, blocks half"),
)
