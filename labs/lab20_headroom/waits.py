"""The mean wait over the utilization: the formulas as curves, the measured rows on them, and a dot that moves."""

from dataclasses import dataclass
from statistics import median

from labs.engine.results.result import repeats
from labs.engine.theory import headroom
from labs.lab20_headroom.lab import LAB
from labs.lab20_headroom.measured import Value, between, mean_wait, utilization
from labs.lab20_headroom.rows import (
    RANDOM,
    RANDOM_70,
    RANDOM_85,
    ROWS,
    TOKENS,
    VARYING_70,
    VARYING_85,
    WIDE,
    WIDE_TOKENS,
    predicted,
)
from labs.pages import stepped
from labs.pages.captured import captured


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
    used, wait = measured(name, utilization), measured(name, mean_wait)
    return Point(name, used, wait, *predicted(ROWS[name]).wait.interval(used_between(name)))


def used_between(name: str) -> tuple[float, float]:
    """The least and the most that a row's utilization can be, in its median repeats."""
    return measured(name, lambda *of: between(*of)[0]), measured(name, lambda *of: between(*of)[1])


def measured(name: str, value: Value) -> float:
    """A row's value in its median repeat."""
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
        "used": stepped.text(LEFT + PER_UTILIZATION / 2, GROUND + 26, "utilization", "middle"),
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
        curve = [_place(used, _mean_wait(tokens, used, service_cv2)) for used in DRAWN]
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
