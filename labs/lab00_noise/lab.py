"""Identical runs, told apart by name only: how far they differ is what every other lab must exceed."""

from collections.abc import Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Scale, Variant
from labs.runner.ratios import throughput

SYNC_SLEEP = Endpoint("/sync_endpoint_sync_processing", module="waiting", waits=1, holds_token=1)
ASYNC_SLEEP = Endpoint("/async_endpoint_async_processing", module="waiting", waits=1)

CLOCK, CPU, WARM = "clock", "CPU", "warmed up"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        tokens = Variant(f"{CLOCK}, A", SYNC_SLEEP, 100, 2, Load(40, 0.2, 2, 5, 6), thread_tokens=4)
        return [tokens, replace(tokens, name=f"{CLOCK}, A, {WARM}", warm_up_s=1)]
    # N = 4·W·T for the clock; N / S well above what two workers can do for the CPU
    tokens = Variant(CLOCK, SYNC_SLEEP, 200, 2, Load(320, hold_s=8, timeout_s=29))
    vus = min(2_000, machine.vus)
    awaiting = Variant(CPU, ASYNC_SLEEP, round(vus / 4), 2, Load(vus, hold_s=8, timeout_s=29), judged=False)
    rows = []
    for suffix, warm_up_s in (("", 0.0), (f", {WARM}", 4.0)):
        for twin in ("A", "B"):
            for one in (tokens, awaiting):
                rows.append(replace(one, name=f"{one.name}, {twin}{suffix}", warm_up_s=warm_up_s))
    return rows


def of(name: str, other: str) -> Check:
    """The claim that two runs are alike, within what the resource that binds them allows."""
    clock_bound = name.startswith(CLOCK)
    low, high = (0.97, 1.03) if clock_bound else (0.75, 1.33)
    return Check(f"throughput of {name} / of {other}", throughput(name, other), (name, other), low, high, clock_bound)


LAB = Lab(
    number=0,
    slug="lab00_noise",
    title="Know your noise",
    claim="identical runs agree within 3 % where a clock binds, within 25 % where the CPU does, warmed up or not",
    variants=variants,
    tolerance=0.03,
    checks=tuple(
        of(f"{kind}, {name}", f"{kind}, {other}")
        for kind in (CLOCK, CPU)
        for name, other in (("B", "A"), (f"B, {WARM}", f"A, {WARM}"), (f"A, {WARM}", "A"))
    ),
    calibrate=f"{CPU}, A",
    captured_at=("auto",),
    measures_noise=True,
)
