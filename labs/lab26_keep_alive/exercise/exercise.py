"""A service keeps connections to a bank for longer than the bank does, and loses what it sends on them."""

from labs.engine.declare.exercise import YOURS, Exercise, Target, Wrong, percentile
from labs.engine.declare.quantities import Quantity, Seen, measured
from labs.engine.declare.service import Endpoint, Load, Request, Sidecar, Variant

# One round trip is 0.16 s, a new connection two of them, an order two calls. Users that begin together and pause for
# 0.92 s send on connections that have been idle for that long: between 1 s less a round trip, and 1 s. Starter: every
# second order is lost, some 80. A client that closes first: (2 + 1 + 1) × 0.16 s = 0.64 s per order, and one booking in
# 50 breaks, three or four. One that finds out and sends again: 0.08 s more. A connection per call: 2 × (2 + 1) × 0.16 s
# = 0.96 s per order.
ONE_WAY_S, PAUSE_S = 0.08, 0.92
# k6's codes: of a response with status 409, and of a client that gave up
TWICE, GAVE_UP = "1409", "1050"


def failed_as(code: str) -> Quantity:
    """Orders that ended with one of k6's codes."""
    return Quantity((YOURS,), lambda seen: float(measured(seen, YOURS).errors.get(code, 0)))


def without_booking() -> Quantity:
    """Orders that got an error for a response, other than for being booked twice."""

    def of(seen: Seen) -> float:
        return float(measured(seen, YOURS).failed)

    return Quantity((YOURS,), of) - failed_as(TWICE) - failed_as(GAVE_UP)


EXERCISE = Exercise(
    lab=26,
    title="Orders that the bank never saw",
    story=(
        "Twenty tills that were switched on together send an order every second or two. The service books each at a "
        "bank, which is far away: a round trip takes 160 ms, and a new connection two more. The bank keeps an idle "
        "connection for 1 s. Many orders fail, and the bank says that it never saw them. Besides, one booking in 50 "
        "breaks off at the bank itself: it's made, and gets no response. Those may fail. No order may be booked twice."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/orders", module="", waits=4),
        ms=160,
        workers=1,
        load=Load(vus=20, ramp_s=0.05, steady_s=14, think_time_s=PAUSE_S, timeout_s=6, graceful_stop_s=7),
        request=Request(method="POST"),
        settings=(("RELAY_DELAY_MS", f"{1000 * ONE_WAY_S:g}"), ("BREAKS_EVERY", "50")),
        sidecar=Sidecar(module="far_bank", upstream=True),
        whole_run_times=True,
    ),
    responds={"cents": 1250, "booked": True},
    targets=(
        Target(
            says="failed orders",
            quantity=without_booking(),
            unit="count",
            at_most=15,
            otherwise="The bank breaks one booking in 50. The others were sent on a connection that it had closed.",
        ),
        Target(
            says="orders booked twice",
            quantity=failed_as(TWICE),
            unit="count",
            at_most=0,
            how=True,
            otherwise="A booking was sent again that had been made already. No response doesn't mean no booking.",
        ),
        Target(
            says="an order's median time",
            quantity=percentile(50),
            unit="seconds",
            at_most=0.84,
            how=True,
            otherwise="An order is two calls. If each opens a connection, they spend four of six round trips on that.",
        ),
    ),
    hints=(
        "For how long does httpx keep an idle connection, and for how long does the bank?",
        "Whoever sends should be the first to close, and early enough: the news of a close takes half a round trip. "
        "An order's second call may still use the connection of its first.",
        "httpx.Limits(keepalive_expiry=0.5). Or send again what got no response, but only if the bank can tell that "
        "it's the same booking.",
        'headers={"Idempotency-Key": number} makes a booking safe to repeat: except httpx.RemoteProtocolError, and '
        "once more.",
    ),
    wrong=(
        Wrong(
            file="new_connections",
            title="no connection is kept",
            fails="an order's median time",
            because="Nothing is lost on an old connection. But each call opens one, which takes two round trips.",
        ),
        Wrong(
            file="sent_again",
            title="sent again, without a key",
            fails="orders booked twice",
            because="Nearly all of those without a response were never seen. The one in 50 that was is booked twice.",
        ),
    ),
)
