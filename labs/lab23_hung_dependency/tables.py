"""What only lab 23's page has: what each token does while calls hang, and the responses of every second."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import rate
from labs.engine.results.result import median_runs
from labs.lab23_hung_dependency.lab import (
    EVERY,
    FOREVER_S,
    LAB,
    MS,
    NO_TIMEOUT,
    QUICK_TIMEOUT,
    SLOW_TIMEOUT,
    TOKENS,
    mean_s,
)
from labs.pages import stepped
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region

SHOWN_S, MOMENT_S = 5.0, 0.5
MOMENTS = round(SHOWN_S / MOMENT_S)
COMPARED = {NO_TIMEOUT: "no timeout", SLOW_TIMEOUT: "timeout of 2 s", QUICK_TIMEOUT: "timeout of 0.5 s"}
TIMEOUTS = {"no timeout": FOREVER_S, "timeout of 2 s": 2.0, "timeout of 0.5 s": 0.5}
# in units of the drawing
HEIGHT, SEAT, ACROSS = 128.0, 17, 8
CHART_X, CHART_Y, BAR = 160.0, 108.0, 18.0  # where the chart begins, its ground, and the width of a bar
RESPONSE = 1.2  # how tall a bar is per response
CHART_WIDE = BAR * MOMENTS


@dataclass(frozen=True)
class Call:
    """One call, and the token that it holds from start to end, seconds."""

    token: int
    start_s: float
    end_s: float
    hangs: bool


def played(timeout_s: float, until_s: float) -> Iterator[Call]:
    """The calls of one worker whose tokens are never idle, in the order in which they begin, up to a moment."""
    free = [(0.0, token) for token in range(TOKENS)]
    heapify(free)
    count = 0
    while free[0][0] < until_s:
        start_s, token = heappop(free)
        count += 1
        hangs = count % EVERY == 0
        end_s = start_s + (timeout_s if hangs else MS / 1000)
        yield Call(token, start_s, end_s, hangs)
        heappush(free, (end_s, token))


# --- the tokens, a moment after the other: computed, not measured --------------------------------


def tokens_mechanism() -> stepped.Mechanism:
    """Every token as a seat, with what its call does; beside it the responses of each moment up to now."""
    tracks = [_track(said, timeout_s) for said, timeout_s in TIMEOUTS.items()]
    ended_s = max(call.start_s for call in played(FOREVER_S, 60))
    said = (
        f"Computed drawing of {TOKENS} thread tokens without a timeout. After {ended_s:.1f} s each of them is held by "
        "a call that hangs. Bars show the responses of every half second, fewer and fewer until none comes."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said, slider="time", pace_s=1.2)


def _track(name: str, timeout_s: float) -> stepped.Track:
    calls = list(played(timeout_s, SHOWN_S + MOMENT_S))
    law = TOKENS / mean_s(timeout_s)
    base = {
        "tokens": stepped.text(0, 12, f"{TOKENS} tokens"),
        "hangs": stepped.dot(8.5, CHART_Y + 11, 6, "fails"),
        "hangs says": stepped.text(20, CHART_Y + 15, "its call hangs"),
        "responses": stepped.text(CHART_X, 12, "responses per half second"),
        "axis": stepped.line(CHART_X, CHART_Y, CHART_X + CHART_WIDE, CHART_Y),
        "from": stepped.text(CHART_X, CHART_Y + 15, "0 s"),
        "to": stepped.text(CHART_X + CHART_WIDE, CHART_Y + 15, f"{SHOWN_S:g} s", "end"),
    }
    if timeout_s < FOREVER_S:
        y = CHART_Y - law * MOMENT_S * RESPONSE
        right, middle = CHART_X + CHART_WIDE, CHART_X + CHART_WIDE / 2
        base["law"] = stepped.line(CHART_X, y, right, y, tone="waits")
        base["law says"] = stepped.text(middle, CHART_Y + 15, f"law: {rate(law)}/s", "middle", "waits")
    return stepped.Track(name, [_state(calls, base, place * MOMENT_S) for place in range(MOMENTS + 1)])


def _state(calls: Sequence[Call], base: stepped.Marks, at_s: float) -> stepped.State:
    """The calls at work at that moment, those that hang in the first seats; who ends a call then has begun the next."""
    hung = sum(call.hangs for call in calls if call.start_s <= at_s < call.end_s)
    marks = dict(base)
    for seat in range(TOKENS):
        x, y = SEAT * (seat % ACROSS + 0.5), 22 + SEAT * (seat // ACROSS + 0.5)
        marks[str(seat)] = stepped.dot(x, y, 6, "fails" if seat < hung else "works")
    ended = [call.end_s for call in calls if call.end_s <= at_s]
    lately = 0
    for place in range(round(at_s / MOMENT_S)):
        lately = sum(place * MOMENT_S < end_s <= (place + 1) * MOMENT_S for end_s in ended)
        tall = lately * RESPONSE
        marks[f"b{place}"] = stepped.bar(CHART_X + BAR * place, CHART_Y - tall, BAR - 2, tall, "works")
    says = f"{hung} of {TOKENS} tokens are with a call that hangs. "
    says += f"{len(ended)} responses so far, {lately} in the last half second." if at_s else "No call has ended yet."
    if hung == TOKENS:
        says += " No def route responds any more, and the health check is one."
    return stepped.State(says, marks, f"{at_s:g} s")


def seconds_figure() -> Draw:
    """Responses of every second, a chart per timeout, with the predicted rate as a line."""
    runs = median_runs(captured(LAB, "auto"))

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(
            len(COMPARED), figsize=(WIDTH_IN, 4.4), layout="constrained", sharex=True, sharey=True
        )
        for axes, (name, said) in zip(charts, COMPARED.items(), strict=True):
            run = runs[name]
            load = run.variant.load
            counts = run.measurement.timeline.expected_per_s[: int(load.ramp_s + load.steady_s)]
            axes.bar(range(len(counts)), counts, width=0.85, align="edge", color=palette.measured)
            if name != NO_TIMEOUT and run.predicted_per_s:
                axes.axhline(run.predicted_per_s, color=palette.predicted, linewidth=2.5)
                said += f" (predicted {rate(run.predicted_per_s)}/s)"
            axes.set_title(said, loc="left")
        charts[-1].set_xlabel("seconds")
        figure.supylabel("responses per second", fontsize="medium")
        return figure

    return draw


PICTURES = {"lab23-tokens": lambda: stepped.still(tokens_mechanism()), "lab23-seconds": seconds_figure}


def tokens() -> str:
    return stepped.view("lab23-tokens", tokens_mechanism())


def seconds() -> str:
    runs = median_runs(captured(LAB, "auto"))
    told = "; ".join(f"{said} {rate(runs[name].throughput_per_s)} in the window" for name, said in COMPARED.items())
    return region(
        picture("../figures/lab23-seconds", f"Bar charts of responses per second, with the predicted rates: {told}.")
    )
