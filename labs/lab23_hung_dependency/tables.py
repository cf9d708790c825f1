"""What only lab 23's page has: what each token does while calls hang, and the responses of every second."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from labs.engine.formatting import rate
from labs.engine.results.result import median_runs
from labs.lab23_hung_dependency.lab import EVERY, FOREVER_S, LAB, MS, NO_TIMEOUT, QUICK_TIMEOUT, SLOW_TIMEOUT, TOKENS
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region

SHOWN_S = 6.0
COMPARED = {NO_TIMEOUT: "no timeout", SLOW_TIMEOUT: "timeout of 2 s", QUICK_TIMEOUT: "timeout of 0.5 s"}


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


def tokens_figure() -> Draw:
    """A row per token: short calls that are answered, until one hangs. Computed, not measured."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.3), layout="constrained")
        colors = {False: palette.measured, True: palette.failed}
        calls = list(played(FOREVER_S, SHOWN_S))
        lost = [call.token for call in calls if call.hangs]  # the token that lasts longest stands on top
        for call in calls:
            length_s = min(call.end_s, SHOWN_S) - call.start_s
            gap_s = 0 if call.hangs else 0.03
            row = TOKENS - 1 - lost.index(call.token)
            axes.broken_barh([(call.start_s, length_s - gap_s)], (row + 0.1, 0.8), color=colors[call.hangs])
        axes.set_xlim(0, SHOWN_S)
        axes.set_ylim(TOKENS, 0)
        axes.set_yticks([0, TOKENS], ["1", str(TOKENS)])
        axes.set_ylabel("thread tokens")
        axes.set_xlabel("seconds")
        legend = [
            Patch(color=colors[False], label="call, answered"),
            Patch(color=colors[True], label="call that hangs"),
        ]
        figure.legend(handles=legend, loc="outside upper left", ncols=2, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


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


PICTURES = {"lab23-tokens": tokens_figure, "lab23-seconds": seconds_figure}


def tokens() -> str:
    ended_s = max(call.start_s for call in played(FOREVER_S, 60))
    said = (
        f"Computed timeline of {TOKENS} thread tokens. Each makes short calls until one of them hangs and holds the "
        f"token for good; after {ended_s:.1f} s all tokens are held."
    )
    return region(picture("../figures/lab23-tokens", said))


def seconds() -> str:
    runs = median_runs(captured(LAB, "auto"))
    told = "; ".join(f"{said} {rate(runs[name].throughput_per_s)} in the window" for name, said in COMPARED.items())
    return region(
        picture("../figures/lab23-seconds", f"Bar charts of responses per second, with the predicted rates: {told}.")
    )
