"""A server closes idle connections after a while; a request that is under way to it just then is lost."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, measured
from labs.engine.declare.service import Endpoint, Load, Machine, Request, Scale, Sidecar, Uvicorn, Variant, smoke
from labs.engine.theory.keep_alive import lost_after, lost_requests, share_after_random

ORDERS = Endpoint(path="/orders", module="ordering", waits=1)
RELAY = Sidecar(module="relay", takes_load=True, relays=True)

JSON = ("Content-Type", "application/json")
POST = Request(method="POST", headers=(JSON,), body='{"item": "tea", "count": 2}')
KEYED = replace(POST, headers=(JSON, ("Idempotency-Key", "tea-2")))

NEAR, FAR = "40 ms away", "160 ms away"
STEADY_PACE, LONGER = "a request every 0.92 s", "server keeps for 60 s"
READ, REPEATABLE = "the same as GET", "with Idempotency-Key"

KEEP_ALIVE_S, LONG_S, PAUSE_S = 1, 60, 1.0
NEAR_S, FAR_S = 0.04, 0.16  # there and back
PACE_S = KEEP_ALIVE_S - FAR_S / 2  # the middle of the last round trip


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    users = min(700, machine.vus)
    load = Load(vus=users, steady_s=25, timeout_s=10, graceful_stop_s=12, think_time_s=PAUSE_S, pauses="exponential")
    near = away(NEAR_S, Variant(name=NEAR, endpoint=ORDERS, ms=0, workers=1, load=load, request=POST))
    short = replace(load, steady_s=10)
    # what is lost is not completed, so these rows are not held against N / (S + Z)
    far = replace(away(FAR_S, near), name=FAR, load=replace(load, steady_s=12), judged=False)
    if scale == "smoke":
        few = replace(smoke(20), think_time_s=0.1, pauses="exponential")
        return [replace(near, load=few), replace(far, name=READ, load=few, request=Request())]
    # users that start over the time of one lost and one completed request are at all points of that cycle
    paced = replace(short, think_time_s=PACE_S, pauses="constant", ramp_s=2 * PACE_S + FAR_S * 1.5)
    return [
        near,
        far,
        replace(far, name=STEADY_PACE, load=paced),
        replace(far, name=LONGER, load=short, uvicorn=Uvicorn(timeout_keep_alive_s=LONG_S)),
        replace(far, name=READ, load=short, request=Request()),
        replace(far, name=REPEATABLE, load=short, request=KEYED),
    ]


def away(round_trip_s: float, variant: Variant) -> Variant:
    """The service behind a relay with this round trip."""
    one_way = ("RELAY_DELAY_MS", f"{1000 * round_trip_s / 2:g}")
    uvicorn = Uvicorn(timeout_keep_alive_s=KEEP_ALIVE_S)
    return replace(variant, sidecar=RELAY, settings=(one_way,), delay_s=round_trip_s, uvicorn=uvicorn)


def risky_share(variant: Variant) -> float:
    """The share of pauses that end in the last round trip before the server closes."""
    keep_s, pause_s = variant.uvicorn.timeout_keep_alive_s or 5, variant.load.think_time_s
    if variant.load.pauses == "constant":
        return float(lost_after(pause_s, keep_s, variant.delay_s))
    return share_after_random(pause_s, keep_s, variant.delay_s)


def predicted_share(variant: Variant) -> float:
    """The share of all requests that are lost in the long run, where the client doesn't repeat them."""
    risky = 0.0 if repeats(variant) else risky_share(variant)
    return risky / (1 + risky)


def repeats(variant: Variant) -> bool:
    """Whether Go's HTTP client, which k6 uses, sends such a request again: GET, or marked as idempotent."""
    return variant.request.method == "GET" or any(name == "Idempotency-Key" for name, _ in variant.request.headers)


def failed(name: str) -> Quantity:
    return Quantity((name,), lambda seen: float(measured(seen, name).failed))


def predicted_failed(name: str) -> Quantity:
    """How many of the run's requests are lost by theory."""

    def of(seen: Seen) -> float:
        variant = configured(seen, name)
        return lost_requests(risky_share(variant), measured(seen, name).requests, variant.load.vus)

    return Quantity((name,), of)


def seen_by_app(name: str) -> Quantity:
    """Responses that the workers sent."""
    return Quantity((name,), lambda seen: float(sum(measured(seen, name).worker_responses)))


def completed(name: str) -> Quantity:
    return Quantity((name,), lambda seen: float(measured(seen, name).requests - measured(seen, name).failed))


LAB = Lab(
    number=26,
    slug="lab26_keep_alive",
    title="Keep-alive",
    claim="a POST sent just as the server closes its idle connection is lost; let the client close it first",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"lost requests, {NEAR} / predicted",
            quantity=failed(NEAR) / predicted_failed(NEAR),
            at_least=0.78,
            at_most=1.28,
            spoken=f"{NEAR}, as many requests are lost as predicted, to within {{off}}",
        ),
        Check(
            says=f"lost requests, {FAR} / predicted",
            quantity=failed(FAR) / predicted_failed(FAR),
            at_least=0.82,
            at_most=1.22,
            spoken=f"{FAR}, as many requests are lost as predicted, to within {{off}} (claimed: within about 20%)",
        ),
        Check(
            says=f"lost requests, {STEADY_PACE} / predicted",
            quantity=failed(STEADY_PACE) / predicted_failed(STEADY_PACE),
            at_least=0.9,
            at_most=1.05,
            spoken=f"with {STEADY_PACE}, as many requests are lost as predicted, to within {{off}}",
        ),
        *(
            Check(
                says=f"lost requests, {name}",
                quantity=failed(name),
                at_most=0,
                spoken=f"{where}, {{value}} requests are lost (claimed: none)",
            )
            for name, where in (
                (LONGER, f"if the server keeps connections for {LONG_S} s"),
                (READ, "if the requests are GET"),
                (REPEATABLE, "if the requests have an Idempotency-Key"),
            )
        ),
        Check(
            says=f"responses that the service sent, {FAR} / requests without an error",
            quantity=seen_by_app(FAR) / completed(FAR),
            at_least=0.995,
            at_most=1.005,
        ),
    ),
    captured_at=("auto",),
)
