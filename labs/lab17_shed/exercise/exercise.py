"""More arrives than can be served: everybody waits, and nearly everybody gives up."""

from labs.engine.declare.exercise import YOURS, Exercise, Target, Wrong, gauge, requests
from labs.engine.declare.quantities import Quantity, Seen, measured
from labs.engine.declare.service import Endpoint, Load, Pool, Variant

CAPACITY_PER_S = 40  # 20 connections ÷ 0.5 s
PATIENCE_S = 2.0


def served_p95() -> Quantity:
    """Seconds, of the expected responses alone: a refusal takes a millisecond and would flatter it."""

    def of(seen: Seen) -> float:
        times = measured(seen, YOURS).expected_time_s
        if times is None:
            raise ValueError("the times of the expected responses alone weren't kept")
        return times.p95

    return Quantity((YOURS,), of)


def gave_up() -> Quantity:
    """The share of the requests whose client waited for its whole patience, and got nothing."""

    def of(seen: Seen) -> float:
        m = measured(seen, YOURS)
        return m.response_time_s.timed_out / m.requests if m.requests else 1.0

    return Quantity((YOURS,), of)


EXERCISE = Exercise(
    lab=17,
    title="Serve in time what can be served",
    story=(
        "A service computes prices in a database that gives it 20 connections, for half a second each: 40 prices per "
        "second at most. Today 100 people per second ask, whether or not others have been served, and each of them "
        "gives up after 2 s. After a few seconds the service is as busy as ever and nobody gets a price. Who can't be "
        "served may get a 503 at once."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/price", module="", waits=1, holds_connection=1, pool="async"),
        ms=500,
        workers=1,
        load=Load(
            vus=300,
            ramp_s=0.2,
            steady_s=8,
            timeout_s=PATIENCE_S,
            graceful_stop_s=5,
            arrivals_per_s=2.5 * CAPACITY_PER_S,
        ),
        pool=Pool(size=20),
        max_connections=23,  # PostgreSQL keeps three of them in reserve for superusers
    ),
    responds={"grams": 1200, "cents": 362},
    targets=(
        Target(
            says="prices in time",
            quantity=requests(),
            unit="per second",
            at_least=33,
            otherwise=(
                "The database computes 40 per second as long as it's kept busy. Either it's idle for a part of the "
                "time, or it computes prices for people who have given up."
            ),
        ),
        Target(
            says="p95 of those who got a price",
            quantity=served_p95(),
            unit="seconds",
            at_most=1.2,
            otherwise="The query takes 0.5 s. The rest of this was spent in a line that's too long.",
        ),
        Target(
            says="people who gave up",
            quantity=gave_up(),
            unit="share",
            at_most=0.01,
            otherwise="They waited for 2 s and got nothing, not even a 503. The service let them wait in vain.",
        ),
        Target(
            says="requests in flight",
            quantity=gauge("in_flight"),
            unit="count",
            at_most=60,
            how=True,
            otherwise=(
                "So many requests are inside at once. Divide them by what the service completes per second: that's "
                "how long the last of them has to wait."
            ),
        ),
    ),
    hints=(
        "Each second 100 come and 40 leave. Where are the other 60, and who still waits for their responses?",
        "Refuse some at once, so that those who are let in are served in time.",
        "With so many inside, each stays: number inside ÷ 40 per second. How many may be inside, for 1.2 s at most?",
        "An async def dependency with the number inside: above the limit it raises HTTPException(503), else it adds "
        "one, and takes it off again in a finally after its yield.",
    ),
    wrong=(
        Wrong(
            file="more_tokens",
            title="400 thread tokens",
            fails="requests in flight",
            because="Those who waited for a token wait for a connection now. The line is as long, and grows as fast.",
        ),
        Wrong(
            file="larger_pool",
            title="a pool of 80 connections",
            fails="requests in flight",
            because="The database gives 20, whatever the pool asks for. The capacity is as before, and so is the line.",
        ),
    ),
)
