"""Workers that share a socket take connections as they come: who holds how many decides rate and tail."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SLEEP, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, measured, response_time, throughput
from labs.engine.declare.service import Load, Machine, Scale, Uvicorn, Variant, smoke
from labs.engine.theory.queueing import thread_tokens_spread

BARELY, FEW, MANY = "N = 1.25·W·T", "N = 2.5·W·T", "N = 10·W·T"
SMALL, LARGE = "backlog 16", "backlog 2048"

WORKERS, TOKENS, WAIT_S = 8, 10, 0.4


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    short = Uvicorn(backlog=16)
    if scale == "smoke":
        load = smoke(20)
        return [
            Variant(name=FEW, endpoint=SYNC_SLEEP, ms=50, workers=2, load=load, thread_tokens=4),
            Variant(name=SMALL, endpoint=ASYNC_SLEEP, ms=50, workers=1, load=load, uvicorn=short),
        ]
    places = WORKERS * TOKENS
    barely = Load(vus=min(round(1.25 * places), machine.vus), steady_s=12, timeout_s=29)
    fill = Variant(
        name=BARELY,
        endpoint=SYNC_SLEEP,
        ms=round(WAIT_S * 1000),
        workers=WORKERS,
        load=barely,
        thread_tokens=TOKENS,
        judged=False,
    )
    burst = Load(vus=min(800, machine.vus), ramp_s=0.1, steady_s=9, timeout_s=29)
    small = Variant(name=SMALL, endpoint=ASYNC_SLEEP, ms=2000, workers=1, load=burst, uvicorn=short, judged=False)
    return [
        fill,
        replace(fill, name=FEW, load=replace(barely, vus=min(round(2.5 * places), machine.vus))),
        # the rule of the other labs: with so many users no worker lacks any. So long that the first responses,
        # which waited less than a turn, are less than 5% of the users
        replace(fill, name=MANY, load=replace(barely, vus=min(10 * places, machine.vus), steady_s=40), judged=True),
        replace(small, name=LARGE, uvicorn=Uvicorn(backlog=2048)),
        small,
    ]


def allowed(name: str) -> Quantity:
    """Σ min(nᵢ, T) / S: what the tokens allow for the connections each worker was seen to hold."""

    def of(seen: Seen) -> float:
        held, variant = measured(seen, name).worker_connections, configured(seen, name)
        return thread_tokens_spread(held, variant.thread_tokens, variant.token_time_s)

    return Quantity((name,), of)


def slowest_turn(name: str) -> Quantity:
    """nᵢ·S / T of the worker with the most connections, seconds."""

    def of(seen: Seen) -> float:
        held, variant = measured(seen, name).worker_connections, configured(seen, name)
        return max(held) * variant.token_time_s / variant.thread_tokens

    return Quantity((name,), of)


def overflows(name: str) -> Quantity:
    """The kernel's count of connections for which the accept queue had no room."""

    def of(seen: Seen) -> float:
        counted = measured(seen, name).listen_overflows
        if counted is None:
            raise ValueError("this system does not count listen overflows")
        return float(counted)

    return Quantity((name,), of)


LAB = Lab(
    number=16,
    slug="lab16_connections",
    title="Connections",
    claim="a connection stays with the worker that took it; the fullest worker has the slowest responses",
    variants=variants,
    tolerance=0.05,
    checks=(
        *(
            Check(
                says=f"throughput of {name} / (Σ min(nᵢ, T) / S)",
                quantity=throughput(name) / allowed(name),
                at_least=0.95,
                at_most=1.05,
                spoken=f"with {users} users per token, throughput is what the workers' own connections allow, "
                "to within {off}",
            )
            for name, users in ((BARELY, "1.25"), (FEW, "2.5"), (MANY, "10"))
        ),
        Check(
            says=f"p99 of {MANY} / the fullest worker's nᵢ·S / T",
            quantity=response_time(MANY, 99) / slowest_turn(MANY),
            at_least=0.93,
            at_most=1.1,
            spoken="with 10 users per token, the p99 is the time that the fullest worker needs for all its users, "
            "to within {off}",
        ),
        Check(says=f"listen overflows of {SMALL}", quantity=overflows(SMALL), at_least=1),
        Check(says=f"listen overflows of {LARGE}", quantity=overflows(LARGE), at_most=0),
    ),
    captured_at=("auto",),
)
