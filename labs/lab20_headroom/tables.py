"""What only lab 20's page has: two streams of arrivals drawn side by side, and the wait over the utilization."""

from dataclasses import dataclass
from statistics import mean, median

import numpy as np
from matplotlib import pyplot
from matplotlib.figure import Figure

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
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import fold, picture, region, table

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


def waits_figure() -> Draw:
    """The mean wait over the utilization: the formulas as curves, the rows as points with their intervals."""
    used = np.linspace(0.5, 0.95, 91)

    def curve(tokens: int, service_cv2: float) -> list[float]:
        return [headroom.mean_wait(tokens, float(u) * tokens, 1.0, service_cv2=service_cv2) for u in used]

    shown = (
        ("5 tokens, times vary", curve(TOKENS, 1.0), (VARYING_70, VARYING_85)),
        ("5 tokens", curve(TOKENS, 0.0), (RANDOM_70, RANDOM_85)),
        ("40 tokens", curve(WIDE_TOKENS, 0.0), (WIDE,)),
    )
    points = {point.name: point for point in _points()}

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.1), layout="constrained")
        for (label, waits, names), color, marker in zip(shown, palette.series, "osD", strict=False):
            axes.plot(100 * used, waits, color=color, label=label)
            for point in (points[name] for name in names):
                middle, half = (point.low + point.high) / 2, (point.high - point.low) / 2
                axes.errorbar(100 * point.used, middle, yerr=half, fmt="none", ecolor=color, capsize=4)
                axes.plot(100 * point.used, point.wait, marker, color=color)
        axes.set_ylim(-0.03, 2.2)
        axes.set_xlabel("utilization, %")
        axes.set_ylabel("mean wait, in call times")
        axes.legend(loc="upper left", frameon=False)
        return figure

    return draw


def waits_over_utilization() -> str:
    said = (
        "Line chart of the mean wait over the utilization: it turns up long before 100% for 5 tokens, earlier where "
        "call times vary, and stays near zero for 40 tokens. The measured points lie on the curves within their "
        "intervals."
    )
    return region(picture("../figures/lab20-waits", said))


__all__ = ["PICTURES", "formulas", "how_busy", "streams", "waits_over_utilization", "who_waits"]

PICTURES = {"lab20-streams": streams_figure, "lab20-waits": waits_figure}

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
