"""A service accepts orders, delivers them a little later, and forgets those it still has when it stops."""

from labs.engine.declare.exercise import YOURS, Exercise, Target, Wrong, total
from labs.engine.declare.quantities import Quantity, Seen, measured
from labs.engine.declare.service import Endpoint, Load, Restart, Sidecar, Variant

# 20 orders per second, and one call of 0.5 s after the other: at any moment 10 orders are in a call, which a closed
# connection ends, and up to 10 wait for the next. A stop that delivers all takes at most two calls, 1 s, and uvicorn's
# own 0.2 s; with a start of 0.5 s, 34 orders are refused. A stop that waits for 8 s refuses 174.
ARRIVALS_PER_S = 20.0
LOST = "1504"  # k6's code of a response with status 504, a customer's whose order never came


def lost() -> Quantity:
    """Orders that were accepted, and that the warehouse never got."""
    return Quantity((YOURS,), lambda seen: float(measured(seen, YOURS).errors.get(LOST, 0)))


def refused() -> Quantity:
    """Orders that failed otherwise: they weren't accepted."""
    return Quantity((YOURS,), lambda seen: float(measured(seen, YOURS).failed)) - lost()


def stop() -> Quantity:
    """Seconds from the signal until the service had ended; one that goes on has stopped for as long as the load."""

    def of(seen: Seen) -> float:
        m = measured(seen, YOURS)
        if m.restart is None:
            raise ValueError("the restart didn't begin")
        return m.load_s - m.restart.signal_s if m.restart.stop_s is None else m.restart.stop_s

    return Quantity((YOURS,), of)


EXERCISE = Exercise(
    lab=27,
    title="Orders that a deployment forgets",
    story=(
        "A shop accepts 20 orders per second and hands them to a warehouse. A call there takes 500 ms, however many "
        "orders it has, and the shop may have two calls under way. So it delivers all that wait with one call, and "
        "then those that have come meanwhile. At each deployment it gets a SIGTERM, ends, and is started again. Its "
        "log has no error, and yet some customers never get what the shop has accepted."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/order", module="", waits=0),
        ms=0,
        workers=1,
        load=Load(vus=200, ramp_s=1, steady_s=18, timeout_s=9, graceful_stop_s=10, arrivals_per_s=ARRIVALS_PER_S),
        settings=(("BATCH_MS", "500"),),
        sidecar=Sidecar(module="warehouse", takes_load=True, upstream=True, relays=True),
        metrics_of=("httpx_pools",),
        restart=Restart(at_s=4),
        whole_run_times=True,
    ),
    responds={"accepted": True},
    targets=(
        Target(
            says="orders refused",
            quantity=refused(),
            unit="count",
            at_most=70,
            otherwise="While it stops and starts, 20 orders per second are refused. How long does a stop have to take?",
        ),
        Target(
            says="orders accepted and lost",
            quantity=lost(),
            unit="count",
            at_most=0,
            how=True,
            otherwise="They were in the memory of a process that ended, or in a call that ended with it.",
        ),
        Target(
            says="the stop",
            quantity=stop(),
            unit="seconds",
            at_most=2.5,
            how=True,
            otherwise="What waits can be delivered with one call. The rest of the time customers were refused.",
        ),
        Target(
            says="calls to the warehouse under way",
            quantity=total("pool_in_use"),
            unit="count",
            at_most=2,
            how=True,
            otherwise="The warehouse allows two at a time, and each takes any number of orders.",
        ),
    ),
    hints=(
        "Where are the orders that have been accepted and not delivered? There are two places.",
        "What comes after the lifespan's yield runs when no request is left. What's still to do before it closes the "
        "client?",
        "cancel() also cuts off the call that is under way, with its orders. Tell the loop that it should end instead, "
        "and wait until it has.",
        "An asyncio.Event that's set after the yield: the loop goes on while it isn't set, or while orders wait. Then "
        "await its task.",
    ),
    wrong=(
        Wrong(
            file="wait",
            title="8 s of waiting at the end",
            fails="the stop",
            because="Everything arrives within the first second. For seven more the service accepts nothing.",
        ),
        Wrong(
            file="only_the_rest",
            title="what waits is delivered, after cancel()",
            fails="orders accepted and lost",
            because="What waited arrives. The call under way was cut off, and its orders were in no list any more.",
        ),
        Wrong(
            file="one_by_one",
            title="a call for each order",
            fails="calls to the warehouse under way",
            because="Nothing is in memory only, so nothing is lost. But ten calls are under way, and two are allowed.",
        ),
    ),
)
