"""More arrives than can be served: keep them all waiting, or refuse what is above an admission limit."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, failed_share, measured, served
from labs.engine.declare.service import Endpoint, Load, Machine, Scale, Uvicorn, Variant, smoke
from labs.engine.theory.queueing import thread_tokens

LIMITED = Endpoint(path="/admission_limited", module="shedding", waits=1, holds_token=1)
CLOSING = Endpoint(path="/closing", module="shedding", waits=1, holds_token=1)

QUEUE, ADMITTED = "queue", "80 requests, then 503"
CLOSED, KEPT = "80 connections, closed after use", "80 connections, kept alive"

WAIT_S, TOKENS, LIMIT = 0.5, 40, 80  # LIMIT: L
# twice the capacity. A kept connection is used for S, then idle for uvicorn's 5 s of keep-alive:
# two generations of them fit into the load, a third would begin after 11 s
LOAD = Load(vus=1100, ramp_s=0.2, steady_s=10.2, timeout_s=29, arrivals_per_s=2 * TOKENS / WAIT_S)
GENERATIONS = 2


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    few, many = smoke(30, arrivals_per_s=20), replace(LOAD, vus=min(1100, machine.vus))
    ms, load = (50, few) if scale == "smoke" else (round(WAIT_S * 1000), many)
    queue = Variant(
        name=QUEUE, endpoint=SYNC_SLEEP, ms=ms, workers=1, load=load, thread_tokens=TOKENS, whole_run_times=True
    )
    admitted = replace(queue, name=ADMITTED, endpoint=LIMITED, settings=(("ADMITTED", str(LIMIT)),))
    # uvicorn refuses from the limit on, so one more than it is to let in
    refusing = Uvicorn(limit_concurrency=LIMIT + 1)
    closed = replace(queue, name=CLOSED, endpoint=CLOSING, uvicorn=refusing)
    kept = replace(queue, name=KEPT, uvicorn=refusing, judged=False)
    return [admitted, closed] if scale == "smoke" else [queue, admitted, closed, kept]


def capacity(variant: Variant) -> float:
    """μ = W·T / S."""
    return thread_tokens(variant.workers, variant.thread_tokens, variant.token_time_s)


def overload(variant: Variant) -> float:
    """λ/μ."""
    if variant.load.arrivals_per_s is None:
        raise ValueError(f"{variant.name} has no arrival rate")
    return variant.load.arrivals_per_s / capacity(variant)


def served_time(name: str, percent: int) -> Quantity:
    """p95 or p99 of the responses that are no refusals, seconds."""

    def of(seen: Seen) -> float:
        times = measured(seen, name).expected_time_s
        if times is None:
            raise ValueError(f"the times of {name}'s expected responses alone were not kept")
        return float(getattr(times, f"p{percent}"))

    return Quantity((name,), of, percentile=percent)


def full_turn(name: str) -> Quantity:
    """L / μ: how long the last of L requests that are let in at once stays, seconds."""
    return Quantity((name,), lambda seen: LIMIT / capacity(configured(seen, name)))


def surplus(name: str) -> Quantity:
    """1 − μ/λ: the share of the arrivals that is above the capacity."""
    return Quantity((name,), lambda seen: 1 - 1 / overload(configured(seen, name)))


def last_wait(seen: Seen) -> float:
    """(λ/μ − 1)·t + S: how long the 99th of 100 arrivals takes by theory, seconds."""
    variant = configured(seen, QUEUE)
    arrived_s = 0.99 * (variant.load.ramp_s + variant.load.steady_s)
    return (overload(variant) - 1) * arrived_s + variant.token_time_s


LAB = Lab(
    number=17,
    slug="lab17_shed",
    title="Shed or queue",
    claim="above capacity, refusing some requests keeps throughput up and the wait short; without that the wait grows",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="p99 of the queue / ((λ/μ − 1)·t + S)",
            quantity=served_time(QUEUE, 99) / Quantity((QUEUE,), last_wait),
            at_least=0.93,
            at_most=1.07,
            spoken="in the queue without a limit, the p99 is as long as the growing line predicts, to within {off}",
        ),
        *(
            Check(
                says=f"p95 of the responses of {name} / (L / μ)",
                quantity=served_time(name, 95) / full_turn(name),
                at_least=0.85,
                at_most=1.15,
                spoken=f"with at most {let_in}, the p95 of those served is the predicted "
                f"{LIMIT * WAIT_S / TOKENS:g} s, to within {{off}}",
            )
            for name, let_in in (
                (ADMITTED, f"{LIMIT} requests let in"),
                (CLOSED, f"{LIMIT} connections, closed after use"),
            )
        ),
        Check(
            says="share refused at the admission limit / (1 − μ/λ)",
            quantity=failed_share(ADMITTED) / surplus(ADMITTED),
            at_least=0.85,
            at_most=1.05,
            spoken="the admission limit refuses {share} of what arrives above the capacity (claimed: 85% to 105%)",
        ),
        Check(
            says="responses through kept connections / (2·L)",
            # a generation of connections lasts one response and the keep-alive timeout
            quantity=served(KEPT) / (GENERATIONS * LIMIT),
            at_least=0.85,
            at_most=1.15,
        ),
    ),
    captured_at=("auto",),
)
