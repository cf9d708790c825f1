"""A restart under load: which requests are lost depends on who waits for whom, and who still holds the port."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, measured, start_up_s
from labs.engine.declare.service import (
    Endpoint,
    Load,
    Machine,
    Request,
    Restart,
    Scale,
    Sidecar,
    Uvicorn,
    Variant,
    smoke,
)

ORDERS = Endpoint(path="/orders", module="ordering", waits=1)
POST = Request(method="POST", headers=(("Content-Type", "application/json"),), body='{"item": "tea", "count": 2}')
RELAY = Sidecar(module="relay", takes_load=True, relays=True)

STOP, TIMED, SEVERAL = "stop, no timeout", "stop, timeout 1 s", "stop, 2 workers"
ROLLING, FAR = "one by one", "one by one, POSTs from afar"

MS = 2000
ARRIVALS_PER_S, POSTS_PER_S = 50.0, 200.0
TIMEOUT_S, ROUND_TRIP_S, KEEP_ALIVE_S = 1, 0.16, 60
AT_S = 4.0  # after the generator's start: as many requests are in flight as there will be
PAUSE_S = 0.1  # uvicorn sleeps that long between closing the port and counting its timeout: Server.shutdown
# k6's codes of what became of a request (its source, lib/netext/httpext/error_codes.go)
REFUSED, CUT_OFF, RESET, ENDED = "1212", "1500", "1220", "1000"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # users for all that are in flight, and for those that a stopping server leaves without a word
    load = Load(vus=min(400, machine.vus), steady_s=10, timeout_s=20, graceful_stop_s=21, arrivals_per_s=ARRIVALS_PER_S)
    stop = Variant(
        name=STOP,
        endpoint=ASYNC_SLEEP,
        ms=MS,
        workers=1,
        load=load,
        restart=Restart(at_s=AT_S),
        whole_run_times=True,
        judged=False,
    )
    if scale == "smoke":
        few = smoke(60, steady_s=4, arrivals_per_s=20)
        small = replace(stop, load=few, ms=200, restart=Restart(at_s=2))
        return [small, replace(small, name=ROLLING, workers=2, restart=Restart(at_s=1, signal="HUP"))]
    longer = replace(load, steady_s=15)
    rolling = replace(stop, name=ROLLING, workers=2, restart=Restart(at_s=AT_S, signal="HUP"))
    return [
        stop,
        replace(stop, name=TIMED, uvicorn=Uvicorn(timeout_graceful_shutdown_s=TIMEOUT_S)),
        replace(stop, name=SEVERAL, workers=2),
        replace(rolling, load=longer),
        replace(
            rolling,
            name=FAR,
            endpoint=ORDERS,
            ms=0,
            request=POST,
            load=replace(longer, vus=min(100, machine.vus), arrivals_per_s=POSTS_PER_S),
            # 5 s, uvicorn's own, would close a few connections beside
            uvicorn=Uvicorn(timeout_keep_alive_s=KEEP_ALIVE_S),
            sidecar=RELAY,
            settings=(("RELAY_DELAY_MS", f"{1000 * ROUND_TRIP_S / 2:g}"),),
            delay_s=ROUND_TRIP_S,
        ),
    ]


# --- by theory ---------------------------------------------------------------------------------


def rate_per_s(variant: Variant) -> float:
    """λ. Raises ValueError for users who loop: a restart would make them send more."""
    if variant.load.arrivals_per_s is None:
        raise ValueError(f"{variant.name}: requests don't arrive on a schedule")
    return variant.load.arrivals_per_s


def in_flight(variant: Variant) -> float:
    """λ·S: the requests in flight when the signal comes."""
    return rate_per_s(variant) * variant.service_time_s


def cut_off(variant: Variant) -> float:
    """λ·(S − t − 0.1 s): those in flight that would need longer than the timeout t, which begins 0.1 s late."""
    timeout_s = variant.uvicorn.timeout_graceful_shutdown_s
    late_s = 0.0 if timeout_s is None else max(0.0, variant.service_time_s - timeout_s - PAUSE_S)
    return rate_per_s(variant) * late_s


def stops_within_s(variant: Variant) -> float:
    """min(S, t + 0.1 s): how long a server that has closed its port still works."""
    timeout_s = variant.uvicorn.timeout_graceful_shutdown_s
    longest_s = variant.service_time_s
    return longest_s if timeout_s is None else min(longest_s, timeout_s + PAUSE_S)


def under_way(variant: Variant) -> float:
    """λ·RTT: the requests that a close of all connections crosses."""
    return rate_per_s(variant) * variant.delay_s


# --- as measured -------------------------------------------------------------------------------


def ended_as(errors: Mapping[str, int], *codes: str) -> int:
    """How many requests failed with one of these codes of k6's."""
    return sum(errors.get(code, 0) for code in codes)


def failed_as(name: str, *codes: str) -> Quantity:
    return Quantity((name,), lambda seen: float(ended_as(measured(seen, name).errors, *codes)))


def failed_otherwise(name: str) -> Quantity:
    """Requests that failed although they had reached the service."""

    def of(seen: Seen) -> float:
        m = measured(seen, name)
        return float(m.failed - ended_as(m.errors, REFUSED))

    return Quantity((name,), of)


def by_law(law: Callable[[Variant], float], name: str) -> Quantity:
    return Quantity((name,), lambda seen: law(configured(seen, name)))


def refused_while_stopped(name: str) -> Quantity:
    """λ·(the predicted stop + the measured start): what arrives while nobody listens."""

    def of(seen: Seen) -> float:
        variant = configured(seen, name)
        return rate_per_s(variant) * (stops_within_s(variant) + start_up_s(seen, name))

    return Quantity((name,), of)


def refused_before_start(name: str) -> Quantity:
    """Refused requests besides λ·(the measured start): those that came while the old server still stopped."""

    def of(seen: Seen) -> float:
        starting = rate_per_s(configured(seen, name)) * start_up_s(seen, name)
        return ended_as(measured(seen, name).errors, REFUSED) - starting

    return Quantity((name,), of)


LAB = Lab(
    number=27,
    slug="lab27_restarts",
    title="Restarts",
    claim="a stopping server refuses new requests; if you replace workers in turn, few requests are lost",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"{STOP}: requests that failed after they had arrived / in flight at the signal",
            quantity=failed_otherwise(STOP) / by_law(in_flight, STOP),
            at_most=0.05,
            spoken="a server that stops without a timeout fails {share} of the requests that it has in flight "
            "(claimed: at most 5%)",
        ),
        Check(
            says=f"{TIMED}: cut off / predicted",
            quantity=failed_as(TIMED, CUT_OFF) / by_law(cut_off, TIMED),
            at_least=0.85,
            at_most=1.15,
            spoken=f"with a timeout of {TIMEOUT_S} s, as many requests are cut off as predicted, to within {{off}}",
        ),
        Check(
            says=f"{STOP}: refused / arrivals × (service time + start)",
            quantity=failed_as(STOP, REFUSED) / refused_while_stopped(STOP),
            at_least=0.88,
            at_most=1.15,
            spoken="while it stops and starts, it refuses as many requests as arrive, to within {off}",
        ),
        Check(
            says=f"{TIMED}: refused / arrivals × (timeout + start)",
            quantity=failed_as(TIMED, REFUSED) / refused_while_stopped(TIMED),
            at_least=0.85,
            at_most=1.2,
            spoken="with the timeout, as many requests are refused as arrive until the start, to within {off}",
        ),
        Check(
            says=f"{SEVERAL}: reset / arrivals × service time",
            quantity=failed_as(SEVERAL, RESET, ENDED) / by_law(in_flight, SEVERAL),
            at_least=0.85,
            at_most=1.2,
            spoken="with two workers, what arrives during the stop isn't refused but reset at its end: as many as "
            "predicted, to within {off}",
        ),
        Check(
            says=f"{SEVERAL}: refused before the start / arrivals × service time",
            quantity=refused_before_start(SEVERAL) / by_law(in_flight, SEVERAL),
            at_most=0.2,
        ),
        Check(
            says=f"{ROLLING}: failed / in flight at the signal",
            quantity=failed_as(ROLLING, REFUSED, CUT_OFF, RESET, ENDED) / by_law(in_flight, ROLLING),
            at_most=0.05,
            spoken="where the workers are replaced one by one, {share} as many requests fail as are in flight "
            "(claimed: at most 5%)",
        ),
        Check(
            says=f"{FAR}: lost / arrivals × round trip",
            quantity=failed_as(FAR, RESET, ENDED) / by_law(under_way, FAR),
            at_least=0.7,
            at_most=2.4,
            spoken="of POSTs from afar, {value} times as many are lost as are sent in one round trip "
            "(claimed: 0.7 to 2.4)",
        ),
    ),
    captured_at=("auto",),
)
