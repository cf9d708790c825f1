"""Workers that share a socket take connections as they come: who holds how many decides rate and tail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Scale, Variant
from labs.runner.queueing import thread_tokens_spread
from labs.runner.ratios import measured, ran

SYNC_SLEEP = Endpoint("/sync_endpoint_sync_processing", "waiting", waits=1, holds_token=1)
ASYNC_SLEEP = Endpoint("/async_endpoint_async_processing", "waiting", waits=1)

BARELY, FEW, MANY = "N = 1.25·W·T", "N = 2.5·W·T", "N = 10·W·T"
SMALL, LARGE = "backlog 16", "backlog 2048"

WORKERS, TOKENS, WAIT_S = 8, 10, 0.4


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(20, 0.2, 2, 5, 6)
        return [
            Variant(FEW, SYNC_SLEEP, 50, 2, load, thread_tokens=4),
            Variant(SMALL, ASYNC_SLEEP, 50, 1, load, backlog=16),
        ]
    slots = WORKERS * TOKENS
    barely = Load(min(round(1.25 * slots), machine.vus), hold_s=12, timeout_s=29)
    fill = Variant(BARELY, SYNC_SLEEP, round(WAIT_S * 1000), WORKERS, barely, thread_tokens=TOKENS, judged=False)
    burst = Load(min(800, machine.vus), ramp_s=0.1, hold_s=9, timeout_s=29)
    small = Variant(SMALL, ASYNC_SLEEP, 2000, 1, burst, backlog=16, judged=False)
    return [
        fill,
        replace(fill, name=FEW, load=replace(barely, vus=min(round(2.5 * slots), machine.vus))),
        # the rule of the other labs: with so many users no worker lacks any
        replace(fill, name=MANY, load=replace(barely, vus=min(10 * slots, machine.vus)), judged=True),
        replace(small, name=LARGE, backlog=2048),
        small,
    ]


def spread(name: str) -> Check:
    """Throughput over what the tokens allow for the connections each worker was seen to hold."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        held, variant = measured(seen, name).worker_connections, ran(seen, name)
        return seen[name].throughput_per_s / thread_tokens_spread(held, variant.thread_tokens, variant.token_time_s)

    return Check(f"throughput of {name} / (Σ min(nᵢ, T) / S)", ratio, (name,), low=0.95, high=1.05)


def tail(seen: Mapping[str, Observed]) -> float:
    run, variant = measured(seen, MANY), ran(seen, MANY)
    return run.response_time_s.p99 / (max(run.worker_connections) * variant.token_time_s / variant.thread_tokens)


def overflows(name: str, low: float, high: float = float("inf")) -> Check:
    """The kernel's count of connections for which the accept queue had no room."""

    def count(seen: Mapping[str, Observed]) -> float:
        counted = measured(seen, name).listen_overflows
        if counted is None:
            raise ValueError("this system does not count listen overflows")
        return float(counted)

    return Check(f"listen overflows of {name}", count, (name,), low, high)


def let_in(seen: Mapping[str, Observed]) -> float:
    """Users with a request in flight when the first second was over, short queue over long."""
    first = {name: measured(seen, name).timeline.in_flight[0] for name in (SMALL, LARGE)}
    return first[SMALL] / first[LARGE]


LAB = Lab(
    number=16,
    slug="lab16_connections",
    title="Connections",
    claim="a worker serves only the connections it holds: Σ min(nᵢ, T)/S in all, and the fullest worker makes the tail",
    variants=variants,
    tolerance=0.05,
    checks=(
        spread(BARELY),
        spread(FEW),
        spread(MANY),
        Check(f"p99 of {MANY} / the fullest worker's nᵢ·S / T", tail, (MANY,), low=0.93, high=1.1, percentile=99),
        overflows(SMALL, low=1),
        overflows(LARGE, low=0, high=0),
        Check("users let in within a second, backlog 16 / 2048", let_in, (SMALL, LARGE), 0.0, 0.95, clock_bound=False),
    ),
    captured_at=("auto",),
)
