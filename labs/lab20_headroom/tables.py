"""What only lab 20's page has: two streams of arrivals drawn side by side, and the wait over the utilization.

Longer than others, since the same waits stand in a figure, in its moving twin and in a table.
"""

from dataclasses import dataclass
from statistics import mean, median

from labs.engine.declare.quantities import told
from labs.engine.formatting import duration
from labs.engine.results.result import median_runs, repeats
from labs.engine.theory import headroom
from labs.lab20_headroom.lab import (
    LAB,
    RANDOM,
    RANDOM_70,
    RANDOM_85,
    REGULAR_85,
    ROWS,
    TOKENS,
    USERS,
    VARYING_70,
    VARYING_85,
    WIDE,
    WIDE_TOKENS,
    Value,
    idle_adds_s,
    mean_wait,
    predicted,
    setup,
    share_that_waits,
    utilization,
)
from labs.lab20_headroom.queue import finite_population
from labs.lab20_headroom.streams import streams, streams_figure
from labs.pages import stepped
from labs.pages.captured import captured
from labs.pages.markdown import fold, region, table

ALL_ALIKE = (REGULAR_85, RANDOM_70, RANDOM_85, WIDE)  # whose response times show who waited
NOT_SEEN = "can't be seen from outside"

# --- the wait over the utilization ----------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A row's median repeat by its mean wait, and the simulation's interval at its utilization."""

    name: str
    used: float
    wait: float
    low: float
    high: float


def _points() -> list[Point]:
    return [_point(name) for name in RANDOM]


def _point(name: str) -> Point:
    used, wait = _median(name, utilization), _median(name, mean_wait)
    return Point(name, used, wait, *predicted(ROWS[name]).wait.interval(used))


def _median(name: str, value: Value) -> float:
    return median(value(seen, name) for seen in repeats(captured(LAB, "auto")))


# what moves: a pool, its tokens, how much the call times vary (cs²), its tone, and the rows that were measured
POOLS: tuple[tuple[str, int, float, stepped.Tone, tuple[str, ...]], ...] = (
    ("5 tokens", TOKENS, 0.0, "works", (RANDOM_70, RANDOM_85)),
    ("5 tokens, times vary", TOKENS, 1.0, "waits", (VARYING_70, VARYING_85)),
    ("40 tokens", WIDE_TOKENS, 0.0, "idle", (WIDE,)),
)
UTILIZATIONS = [0.2 + 0.05 * step for step in range(16)]  # up to 95%
DRAWN = sorted([*UTILIZATIONS, 0.825, 0.875, 0.92, 0.935])  # where a curve bends, it needs more points
# in units of the drawing
LEFT, GROUND, LEGEND_X, HEIGHT = 20.0, 170.0, 50.0, 200.0
PER_UTILIZATION, PER_CALL = 315.0, 42.0  # of 100%; of a wait of one call time


def waits_mechanism() -> stepped.Mechanism:
    """The mean wait over the utilization: the formulas as curves, the rows as points with their intervals."""
    base = _axes() | _curves()
    tracks = [
        stepped.Track(f"{tokens} tokens", [_at(tokens, used, base) for used in UTILIZATIONS])
        for tokens in (TOKENS, WIDE_TOKENS)
    ]
    said = (
        "Line chart of the mean wait over the utilization: it turns up long before 100% for 5 tokens, earlier where "
        "call times vary, and stays near zero for 40 tokens. The measured points lie on the curves within their "
        "intervals."
    )
    opens = (0, round((0.85 - UTILIZATIONS[0]) / 0.05))
    return stepped.Mechanism(
        tracks=tracks, height=HEIGHT, described=said, stills=(opens,), slider="utilization", pace_s=1.2
    )


def _place(used: float, wait: float) -> tuple[float, float]:
    return LEFT + PER_UTILIZATION * used, GROUND - PER_CALL * wait


def _mean_wait(tokens: int, used: float, service_cv2: float) -> float:
    return headroom.mean_wait(tokens, used * tokens, 1.0, service_cv2=service_cv2)


def _axes() -> dict[str, stepped.Mark]:
    right = LEFT + PER_UTILIZATION
    marks = {
        "ground": stepped.line(LEFT, GROUND, right, GROUND),
        "says": stepped.text(0, 12, "mean wait, in call times"),
        "used": stepped.text(LEFT + PER_UTILIZATION / 2, GROUND + 28, "utilization", "middle"),
    }
    for percent in (0, 25, 50, 75, 100):
        x, _ = _place(percent / 100, 0)
        marks[f"x{percent}"] = stepped.text(x, GROUND + 15, f"{percent}%", "end" if percent == 100 else "middle")
    for wait in (1, 2, 3):
        _, y = _place(0, wait)
        marks[f"y{wait}"] = stepped.text(LEFT - 6, y + 4, str(wait), "end")
        marks[f"line{wait}"] = stepped.line(LEFT, y, right, y)
    return marks


def _curves() -> dict[str, stepped.Mark]:
    marks: dict[str, stepped.Mark] = {}
    points = {point.name: point for point in _points()}
    for row, (pool, tokens, service_cv2, tone, names) in enumerate(POOLS):
        curve = [
            _place(used, _mean_wait(tokens, used, service_cv2))
            for used in sorted([*UTILIZATIONS, 0.825, 0.875, 0.92, 0.935])
        ]
        marks[pool] = stepped.line(*(number for place in curve for number in place), tone=tone)
        marks[f"{pool} says"] = stepped.text(LEGEND_X, 56 + 13 * row, pool, tone=tone)
        for name in names:
            point = points[name]
            x, y = _place(point.used, point.wait)
            (_, high), (_, low) = _place(0, point.high), _place(0, point.low)
            marks[f"{name} bar"] = stepped.line(x, low, x, high, tone=tone)
            marks[f"{name} dot"] = stepped.dot(x, y, 3.5, tone)
    return marks


def _at(tokens: int, used: float, base: stepped.Marks) -> stepped.State:
    """That many tokens, so busy: who waits, and a dot on each curve of them."""
    marks, waits = dict(base), []
    for pool, count, service_cv2, _, _ in POOLS:
        if count == tokens:
            waits.append(_mean_wait(tokens, used, service_cv2))
            marks[f"{pool} here"] = stepped.dot(*_place(used, waits[-1]), 5, "ink")
    x, highest = _place(used, max(waits))
    marks["down"] = stepped.bar(x - 0.75, highest, 1.5, GROUND - highest, "ink")
    share = headroom.erlang_c(tokens, used * tokens)
    says = f"{share:.0%}" if share >= 0.01 else "Less than 1%"
    says += f" wait for one of {tokens} tokens. The mean wait is {_told(waits[0])} call times"
    says += "".join(f", {_told(wait)} if times vary" for wait in waits[1:])
    return stepped.State(f"{says}.", marks, f"{used:.0%}")


def _told(wait: float) -> str:
    return f"{wait:.2f}" if wait >= 0.005 else "under 0.01"


def waits_over_utilization() -> str:
    return stepped.view("lab20-waits", waits_mechanism())


__all__ = ["PICTURES", "formulas", "how_busy", "streams", "waits_over_utilization", "who_waits"]

PICTURES = {"lab20-streams": streams_figure, "lab20-waits": lambda: stepped.still(waits_mechanism())}

# --- the tables -----------------------------------------------------------------------------


def who_waits() -> str:
    """Utilization, the share that waits and the mean wait of each row; in brackets the simulation's interval."""
    headings = ("variant", "utilization", "share that waits (simulated)", "mean wait, in call times (simulated)")
    return region(fold("Who waits, row by row", table(headings, map(_who_waits, (REGULAR_85, *RANDOM)))))


def _who_waits(name: str) -> tuple[str, ...]:
    used, wait = _median(name, utilization), _median(name, mean_wait)
    waiting = f"{_median(name, share_that_waits):.0%}" if name in ALL_ALIKE else NOT_SEEN
    if name not in RANDOM:
        return name, f"{used:.0%}", f"{waiting} (0%)", f"{two_decimals(wait)} (0)"
    expected = predicted(ROWS[name])
    if name in ALL_ALIKE:
        low, high = expected.share.interval(used)
        waiting += f" ({low:.0%} to {high:.0%})"
    low, high = expected.wait.interval(used)
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
        "no wait, and half of it counts as time in which a token is in use."
    )
    return region([says, "", *table(headings, rows), "", _finite()])


def _formulas(name: str) -> tuple[str, ...]:
    row, used = ROWS[name], _median(name, utilization)
    tokens = row.thread_tokens
    cv2 = 1.0 if name in (VARYING_70, VARYING_85) else 0.0
    wait = headroom.mean_wait(tokens, used * tokens, 1.0, service_cv2=cv2)
    read = _median(name, lambda seen, one: mean(in_use for (in_use,) in told(seen, one).gauges["tokens_in_use"]))
    return (
        name,
        f"{read:.1f} of {tokens}",
        f"{headroom.erlang_c(tokens, used * tokens):.0%}",
        f"{wait:.2f}",
        two_decimals(_median(name, mean_wait)),
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
        f"fewer can arrive. For call times that vary exponentially both are known exactly. Then they wait less often: "
        f"{' and '.join(parts)}. The simulation has the {USERS} users, so it has this error too."
    )
