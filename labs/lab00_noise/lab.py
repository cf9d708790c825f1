"""Identical runs, told apart by name only: how far they differ is what every other lab must exceed."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SLEEP, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import throughput
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke

CLOCK, CPU, WARM = "clock", "CPU", "warmed up"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        few = Variant(name=f"{CLOCK}, A", endpoint=SYNC_SLEEP, ms=100, workers=2, load=smoke(40), thread_tokens=4)
        return [few, replace(few, name=f"{CLOCK}, A, {WARM}", warm_up_s=1)]
    # N = 4·W·T for the clock; N / S well above what two workers can do for the CPU
    sleeping = Variant(name=CLOCK, endpoint=SYNC_SLEEP, ms=200, workers=2, load=Load(vus=320, steady_s=8, timeout_s=29))
    vus = min(2_000, machine.vus)
    awaiting = Variant(
        name=CPU,
        endpoint=ASYNC_SLEEP,
        ms=round(vus / 4),
        workers=2,
        load=Load(vus=vus, steady_s=8, timeout_s=29),
        judged=False,
    )
    return [
        replace(kind, name=f"{kind.name}, {letter}{suffix}", warm_up_s=warm_up_s)
        for suffix, warm_up_s in (("", 0.0), (f", {WARM}", 4.0))
        for letter in ("A", "B")
        for kind in (sleeping, awaiting)
    ]


def alike(one: str, other: str, spoken: str) -> Check:
    """The claim that two runs agree where a clock limits them; those that the CPU limits are shown beside them."""
    return Check(
        says=f"throughput of {CLOCK}, {one} / of {CLOCK}, {other}",
        quantity=throughput(f"{CLOCK}, {one}") / throughput(f"{CLOCK}, {other}"),
        at_least=0.97,
        at_most=1.03,
        spoken=spoken,
    )


LAB = Lab(
    number=0,
    slug="lab00_noise",
    title="Know your noise",
    claim="identical runs agree within 3% when threads are the limit; when the CPU is the limit, they drift",
    variants=variants,
    tolerance=0.03,
    checks=(
        alike("B", "A", "the two clock runs on a fresh server agree to within {off}"),
        alike(f"B, {WARM}", f"A, {WARM}", "the two clock runs on a warmed-up server agree to within {off}"),
        alike(f"A, {WARM}", "A", "clock run A on a warmed-up server and on a fresh one agree to within {off}"),
    ),
    baseline=f"{CPU}, A",
    captured_at=("auto",),
    measures_noise=True,
)
