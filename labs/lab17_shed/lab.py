"""More arrives than can be served: keep them all waiting, or refuse the surplus at the door."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, ResponseTimes, Scale, Variant
from labs.runner.queueing import thread_tokens
from labs.runner.ratios import measured, ran

SLEEP = Endpoint("/sync_endpoint_sync_processing", "waiting", waits=1, holds_token=1)
BEHIND_A_DOOR = Endpoint("/behind_a_door", "shedding", waits=1, holds_token=1)
CLOSING = Endpoint("/closing", "shedding", waits=1, holds_token=1)

QUEUE, DOOR = "queue", "80 requests, then 503"
CLOSED, KEPT = "80 connections, closed after use", "80 connections, kept alive"

WAIT_S, TOKENS, LIMIT = 0.5, 40, 80
# twice the capacity. A kept connection is used for S, then idle for uvicorn's 5 s of keep-alive:
# two generations of them fit into the load, a third would begin after 11 s
LOAD = Load(1100, 0.2, 10.2, timeout_s=29, graceful_stop_s=30, arrivals_per_s=2 * TOKENS / WAIT_S)
GENERATIONS = 2


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    smoke = Load(30, 0.2, 2, 5, 6, arrivals_per_s=20)
    ms, load = (50, smoke) if scale == "smoke" else (round(WAIT_S * 1000), replace(LOAD, vus=min(1100, machine.vus)))
    queue = Variant(QUEUE, SLEEP, ms, 1, load, thread_tokens=TOKENS)
    door = replace(queue, name=DOOR, endpoint=BEHIND_A_DOOR, settings=(("ADMITTED", str(LIMIT)),))
    # uvicorn refuses from the limit on, so one more than it is to let in
    closed = replace(queue, name=CLOSED, endpoint=CLOSING, limit_concurrency=LIMIT + 1)
    kept = replace(queue, name=KEPT, limit_concurrency=LIMIT + 1, judged=False)
    return [door, closed] if scale == "smoke" else [queue, door, closed, kept]


def capacity(variant: Variant) -> float:
    """μ = W·T / S."""
    return thread_tokens(variant.workers, variant.thread_tokens, variant.token_time_s)


def served(seen: Mapping[str, Observed], name: str) -> ResponseTimes:
    times = measured(seen, name).expected_time_s
    if times is None:
        raise ValueError(f"the times of {name}'s answers alone were not kept")
    return times


def last_waits(seen: Mapping[str, Observed]) -> float:
    """p99 of the queue over what theory says of the 99th of 100 arrivals."""
    variant = ran(seen, QUEUE)
    arrived_s = 0.99 * (variant.load.ramp_s + variant.load.hold_s)
    overload = variant.load.arrivals_per_s / capacity(variant) - 1
    return served(seen, QUEUE).p99 / (overload * arrived_s + variant.token_time_s)


def served_p95(name: str) -> Check:
    return Check(
        f"p95 of the answers of {name} / (L / μ)",
        lambda seen: served(seen, name).p95 / (LIMIT / capacity(ran(seen, name))),
        (name,),
        low=0.85,
        high=1.15,
        percentile=95,
    )


def refused(seen: Mapping[str, Observed]) -> float:
    variant = ran(seen, DOOR)
    return seen[DOOR].failed_share / (1 - capacity(variant) / variant.load.arrivals_per_s)


def starved(seen: Mapping[str, Observed]) -> float:
    """Answers over L a generation of connections, each as long as one answer and the keep-alive timeout."""
    return served(seen, KEPT).samples / (GENERATIONS * LIMIT)


LAB = Lab(
    number=17,
    slug="lab17_shed",
    title="Shed or queue",
    claim="above capacity, admitting L at once keeps the throughput and caps the wait at L/μ; a queue has no cap",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check("p99 of the queue / ((λ/μ − 1)·t + S)", last_waits, (QUEUE,), low=0.93, high=1.07, percentile=99),
        served_p95(DOOR),
        served_p95(CLOSED),
        Check("share refused at the door / (1 − μ/λ)", refused, (DOOR,), low=0.85, high=1.05),
        Check("answers through kept connections / (2·L)", starved, (KEPT,), low=0.85, high=1.15),
    ),
    captured_at=("auto",),
)
