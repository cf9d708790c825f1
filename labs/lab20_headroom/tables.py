"""What only lab 20's page has: two streams of arrivals drawn side by side, and the wait over the utilization."""

from statistics import mean, median

from labs.engine.declare.quantities import told
from labs.engine.formatting import duration
from labs.engine.results.result import median_runs, repeats
from labs.engine.theory import headroom
from labs.lab20_headroom.lab import LAB
from labs.lab20_headroom.measured import idle_adds_s, mean_wait, share_that_waits, utilization
from labs.lab20_headroom.queue import finite_population
from labs.lab20_headroom.rows import (
    RANDOM,
    RANDOM_70,
    RANDOM_85,
    REGULAR_85,
    ROWS,
    USERS,
    VARYING_70,
    VARYING_85,
    WIDE,
    predicted,
    setup,
)
from labs.lab20_headroom.streams import streams, streams_figure
from labs.lab20_headroom.waits import measured, used_between, waits_mechanism
from labs.pages import stepped
from labs.pages.captured import captured
from labs.pages.markdown import fold, region, table

__all__ = ["PICTURES", "formulas", "how_busy", "streams", "waits_over_utilization", "who_waits"]

ALL_ALIKE = (REGULAR_85, RANDOM_70, RANDOM_85, WIDE)  # whose response times show who waited
NOT_SEEN = "can't be seen from outside"


def waits_over_utilization() -> str:
    return stepped.view("lab20-waits", waits_mechanism())


PICTURES = {"lab20-streams": streams_figure, "lab20-waits": lambda: stepped.still(waits_mechanism())}


def who_waits() -> str:
    """Utilization, the share that waits and the mean wait of each row; in brackets the simulation's interval."""
    headings = ("variant", "utilization", "share that waits (allowed)", "mean wait, in call times (allowed)")
    return region(fold("Who waits, row by row", table(headings, map(_who_waits, (REGULAR_85, *RANDOM)))))


def _who_waits(name: str) -> tuple[str, ...]:
    used, wait = measured(name, utilization), measured(name, mean_wait)
    waiting = f"{measured(name, share_that_waits):.0%}" if name in ALL_ALIKE else NOT_SEEN
    if name not in RANDOM:
        return name, f"{used:.0%}", f"{waiting} (0%)", f"{two_decimals(wait)} (0)"
    expected = predicted(ROWS[name])
    if name in ALL_ALIKE:
        low, high = expected.share.interval(used_between(name))
        waiting += f" ({low:.0%} to {high:.0%})"
    low, high = expected.wait.interval(used_between(name))
    return name, f"{used:.0%}", waiting, f"{two_decimals(wait)} ({low:.2f} to {high:.2f})"


def two_decimals(wait: float) -> str:
    """A wait near zero may be measured as a little less than none: that's 0.00, without a sign."""
    return f"{wait:z.2f}"


SIZES, ACCEPTED = (1, 5, 10, 20, 40, 100), 0.1


def how_busy() -> str:
    """The utilization at which Erlang C has ACCEPTED of the requests wait, for several sizes of a pool."""
    cells = [f"{_busiest(size):.0%}" for size in SIZES]
    shown = table(["tokens", *map(str, SIZES)], [["utilization", *cells]])
    return region(fold(f"The utilization at which {ACCEPTED:.0%} wait", shown))


def _busiest(tokens: int) -> float:
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if headroom.erlang_c(tokens, middle * tokens) < ACCEPTED else (low, middle)
    return low


def formulas() -> str:
    """What the formulas say at each row's utilization, and what stands beside it without being judged."""
    headings = (
        "variant", "tokens in use, read once per second", "share that waits: Erlang C", "mean wait: Allen and Cunneen",
        "measured", "p95",
    )  # fmt: skip
    rows = map(_formulas, RANDOM)
    seen = repeats(captured(LAB, "auto"))
    way_ms = 1000 * median(map(idle_adds_s, seen))
    says = (
        f"Waits are in call times. An idle service adds {way_ms:.2f} ms to a call (regular arrivals at 70%): that's "
        "no wait. For some part of it a token is in use, so the utilization is known only to lie between two "
        "numbers, and the simulated ranges go from the lower one's to the higher one's."
    )
    return region([says, "", *table(headings, rows), "", _finite()])


def _formulas(name: str) -> tuple[str, ...]:
    row, used = ROWS[name], measured(name, utilization)
    tokens = row.thread_tokens
    cv2 = 1.0 if name in (VARYING_70, VARYING_85) else 0.0
    wait = headroom.mean_wait(tokens, used * tokens, 1.0, service_cv2=cv2)
    read = measured(name, lambda seen, one: mean(in_use for (in_use,) in told(seen, one).gauges["tokens_in_use"]))
    return (
        name,
        f"{read:.1f} of {tokens}",
        f"{headroom.erlang_c(tokens, used * tokens):.0%}",
        f"{wait:.2f}",
        two_decimals(measured(name, mean_wait)),
        duration(median_runs(captured(LAB, "auto"))[name].times.p95),
    )


def _finite() -> str:
    """How far so many users are from random arrivals, by the exact formulas for times that vary exponentially."""
    parts = []
    for name in (RANDOM_85, WIDE):
        row = setup(ROWS[name])
        used, waiting, _ = finite_population(row.tokens, row.users, row.service_s, row.pause_s)
        endless = headroom.erlang_c(row.tokens, used * row.tokens)
        parts.append(f"{waiting:.1%} instead of {endless:.1%} with {row.tokens} tokens at {used:.0%}")
    return (
        f"{USERS} users who pause at random aren't quite arrivals at random: the more of them are in the service, the "
        f"fewer can arrive. For call times that vary exponentially, the share "
        "that waits can be calculated for both. It's smaller with such users: "
        f"{' and '.join(parts)}. The simulation has the {USERS} users, so it has this error too."
    )
