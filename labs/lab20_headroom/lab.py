"""How busy a pool may be: calls that come at random wait long before the ceiling, in a large pool far less."""

from collections.abc import Callable

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured
from labs.lab20_headroom.forecast import Forecast, Line
from labs.lab20_headroom.measured import (
    Value,
    between,
    mean_wait,
    quicker_than_a_call,
    share_that_waits,
    utilization,
)
from labs.lab20_headroom.rows import (
    RANDOM_70,
    RANDOM_85,
    REGULAR_70,
    REGULAR_85,
    ROWS,
    VARYING_70,
    VARYING_85,
    WIDE,
    predicted,
    variants,
)


def against(name: str, says: str, spoken: str, value: Value, line: Callable[[Forecast], Line]) -> Check:
    """A measured value over the one predicted at the row's own utilization; the interval is the simulation's."""

    def of(seen: Seen) -> float:
        return line(predicted(configured(seen, name))).over(value(seen, name), between(seen, name))

    low, high = line(predicted(ROWS[name])).limits
    return Check(
        says=says,
        quantity=Quantity((name, REGULAR_70), of),
        at_least=low,
        at_most=high,
        spoken=f"{spoken} (claimed: {low:.2f} to {high:.2f})",
    )


def varying_over_constant(seen: Seen) -> float:
    """How many times as long the wait is where times vary: measured over predicted for constant ones, both rows."""
    times = 1.0
    for name, constant in ((VARYING_70, RANDOM_70), (VARYING_85, RANDOM_85)):
        expected = predicted(ROWS[constant]).wait.value(utilization(seen, name))
        times *= mean_wait(seen, name) / expected
    return float(times**0.5) if times > 0 else 0.0


LAB = Lab(
    number=20,
    slug="lab20_headroom",
    title="Headroom",
    claim="calls come at random, so some wait even at 70% utilization; with many tokens, far fewer calls wait",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"share that waits in “{REGULAR_85}”",
            quantity=Quantity((REGULAR_85, REGULAR_70), lambda seen: share_that_waits(seen, REGULAR_85)),
            at_most=0.1,
            spoken="in the busy row with regular arrivals, {share} of the requests wait (claimed: at most 10%)",
        ),
        *(
            against(
                name,
                f"share that waits in “{name}” / the simulated one",
                f"in the {row}, the share that waits is {{value}} times the simulated one",
                share_that_waits,
                lambda f: f.share,
            )
            for name, row in (
                (RANDOM_70, "moderate row with random arrivals"),
                (RANDOM_85, "busy row with random arrivals"),
                (WIDE, "busy row with many tokens"),
            )
        ),
        *(
            against(
                name,
                f"mean wait in “{name}” / the simulated one",
                f"in the {row}, the mean wait is {{value}} times the simulated one",
                mean_wait,
                lambda f: f.wait,
            )
            for name, row in (
                (RANDOM_70, "moderate row with random arrivals"),
                (RANDOM_85, "busy row with random arrivals"),
                (VARYING_70, "moderate row whose call times vary"),
                (VARYING_85, "busy row whose call times vary"),
            )
        ),
        Check(
            says="mean wait where times vary / the one simulated for equal times",
            quantity=Quantity((VARYING_70, VARYING_85, REGULAR_70), varying_over_constant),
            at_least=1.15,  # equal times give 1, Allen and Cunneen 2 for exponential ones
        ),
        Check(
            says="share of the responses that take less than the mean call, where times vary",
            quantity=Quantity((VARYING_70, VARYING_85), quicker_than_a_call),
            at_least=0.1,
            spoken="where times vary, {share} of the responses take less time than the mean call (claimed: at least "
            "10%)",
        ),
    ),
    captured_at=("auto",),
)
