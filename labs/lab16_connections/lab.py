"""Workers that share a socket take connections as they come: who holds how many decides rate and tail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Scale, Variant
from labs.runner.queueing import thread_tokens_spread
from labs.runner.ratios import measured

SYNC_SLEEP = Endpoint("/sync_endpoint_sync_processing", "waiting", waits=1, holds_token=1)
ASYNC_SLEEP = Endpoint("/async_endpoint_async_processing", "waiting", waits=1)

FEW, MANY = "N = 2.5·W·T", "N = 10·W·T"
SMALL, LARGE = "backlog 16", "backlog 2048"

WORKERS, TOKENS, WAIT_S = 8, 10, 0.2


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(20, 0.2, 2, 5, 6)
        return [
            Variant(FEW, SYNC_SLEEP, 50, 2, load, thread_tokens=4),
            Variant(SMALL, ASYNC_SLEEP, 50, 1, load, backlog=16),
        ]
    slots = WORKERS * TOKENS
    few = Load(min(round(2.5 * slots), machine.vus), hold_s=10, timeout_s=29)
    fill = Variant(FEW, SYNC_SLEEP, round(WAIT_S * 1000), WORKERS, few, thread_tokens=TOKENS, judged=False)
    burst = Load(min(800, machine.vus), ramp_s=0.1, hold_s=9, timeout_s=29)
    small = Variant(SMALL, ASYNC_SLEEP, 2000, 1, burst, backlog=16, judged=False)
    return [
        fill,
        replace(fill, name=MANY, load=replace(few, vus=min(10 * slots, machine.vus))),
        replace(small, name=LARGE, backlog=2048),
        small,
    ]


def spread(name: str) -> Check:
    """Throughput over what the tokens allow for the connections each worker was seen to hold."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        held = measured(seen, name).worker_connections
        return seen[name].throughput_per_s / thread_tokens_spread(held, TOKENS, WAIT_S)

    return Check(f"throughput of {name} / (Σ min(nᵢ, T) / S)", ratio, (name,), low=0.95, high=1.05)


def tail(name: str) -> Check:
    def ratio(seen: Mapping[str, Observed]) -> float:
        fullest = max(measured(seen, name).worker_connections)
        return (seen[name].p99_s or 0.0) / (fullest * WAIT_S / TOKENS)

    return Check(f"p99 of {name} / the fullest worker's nᵢ·S / T", ratio, (name,), low=0.9, high=1.1, percentile=99)


LAB = Lab(
    number=16,
    slug="lab16_connections",
    title="Connections",
    claim="a worker serves only the connections it holds: Σ min(nᵢ, T)/S in all, and the fullest worker makes the tail",
    variants=variants,
    tolerance=0.05,
    checks=(spread(FEW), tail(FEW), spread(MANY), tail(MANY)),
    captured_at=("auto",),
)
