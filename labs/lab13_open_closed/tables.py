"""What only lab 13's page has: which requests a stall catches, what percentiles say of it, the slowest times."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration
from labs.engine.results.result import Result, median_runs
from labs.lab13_open_closed.lab import (
    AFTER_S,
    CLOSED_STALL,
    LAB,
    MS,
    OPEN_STALL,
    RATE_PER_S,
    STALL_S,
    USERS,
)
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

HEADINGS = ("variant", "requests", "p50", "p90", "p95", "p99", "max")
MODELS = {CLOSED_STALL: "closed", OPEN_STALL: "open"}
LOWEST = 90  # the percentile that the figure begins with


def tails(scale: Scale = "auto") -> str:
    """Requests and the high percentiles of every variant, in its median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        times = run.measurement.response_time_s
        shown = (times.p50, times.p90, times.p95, times.p99, times.max)
        yield (name, f"{run.measurement.requests:,}", *map(duration, shown))


def takes_s(sent_s: float) -> float:
    """How long a request takes that was sent then: one whose wait would end in the stall ends with the stall,
    one that comes while the service stands still begins its wait after it."""
    ends_s = AFTER_S + STALL_S
    if AFTER_S <= sent_s < ends_s:
        return ends_s - sent_s + MS / 1000
    return ends_s - sent_s if AFTER_S - MS / 1000 < sent_s < AFTER_S else MS / 1000


def arrivals_figure() -> Draw:
    """When each request around the stall was sent, and how long it takes. A drawing of the rules above."""
    ends_s, wait_s = AFTER_S + STALL_S, MS / 1000
    from_s = AFTER_S - 0.5
    due = [from_s + place / RATE_PER_S for place in range(round((STALL_S + 1) * RATE_PER_S) + 1)]
    caught = [one for one in due if AFTER_S - wait_s < one < ends_s]
    # one per user is sent: some were in flight, the others end their pause. All go on together when it's over
    together = [ends_s + wait_s * place for place in range(1, round(0.5 / wait_s) + 1)]
    sent = [one for one in due if one < AFTER_S and one not in caught] + caught[:USERS] + together
    missing = caught[USERS:]

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(2, figsize=(WIDTH_IN, 3.7), layout="constrained", sharex=True, sharey=True)
        for axes, title, seen in ((charts[0], "closed: gray was never sent", sent), (charts[1], "open", due)):
            axes.axvspan(AFTER_S, ends_s, color=palette.failed, alpha=0.1, linewidth=0)
            axes.scatter(seen, [takes_s(one) for one in seen], s=12, color=palette.measured)
            axes.set_title(title, loc="left")
            axes.set_ylim(0, 1.15 * STALL_S)
            axes.set_yticks([0, 1, 2])
        charts[0].scatter(missing, [takes_s(one) for one in missing], s=12, color=palette.ink, alpha=0.3, linewidth=0)
        charts[0].annotate("six wait", (AFTER_S + 0.25, STALL_S), va="center", color=palette.measured)
        charts[1].set_xlabel("sent at, seconds; shaded: the stall")
        figure.supylabel("response time, s", fontsize="medium")
        return figure

    return draw


def percentiles_figure() -> Draw:
    """The captured response time at each high percentile, of the closed and of the open test with the stall."""
    times = _times()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.0), layout="constrained")
        percentiles = range(LOWEST, 101)
        for (model, values), color, marker in zip(times.items(), palette.series, "os", strict=False):
            axes.plot(percentiles, values, color=color, marker=marker, linewidth=1.8, label=model)
        axes.annotate(
            "open", (95, times["open"][95 - LOWEST]), xytext=(-6, 6), textcoords="offset points", ha="right",
            color=palette.series[1],
        )  # fmt: skip
        axes.annotate(
            "closed", (96, times["closed"][96 - LOWEST]), xytext=(0, 7), textcoords="offset points",
            color=palette.series[0],
        )  # fmt: skip
        axes.set_xticks([90, 92, 95, 99], ["p90", "p92", "p95", "p99"])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("percentile; the last dot is the maximum")
        axes.set_ylabel("response time, s")
        return figure

    return draw


def _times() -> dict[str, list[float]]:
    runs = median_runs(captured(LAB, "auto"))
    return {model: list(runs[name].measurement.response_time_s.quantiles[LOWEST:]) for name, model in MODELS.items()}


PICTURES = {"lab13-arrivals": arrivals_figure, "lab13-percentiles": percentiles_figure}


def arrivals() -> str:
    said = (
        "Drawing of response times by when each request was sent. Closed: six requests wait for the stall to end, and "
        "the others were never sent. Open: each request sent during the stall waits for its end."
    )
    return region(picture("../figures/lab13-arrivals", said))


def percentiles() -> str:
    said = "; ".join(
        f"{model}: p92 {duration(times[92 - LOWEST])}, p95 {duration(times[95 - LOWEST])}, "
        f"p99 {duration(times[99 - LOWEST])}, maximum {duration(times[-1])}"
        for model, times in _times().items()
    )
    return region(picture("../figures/lab13-percentiles", f"Response time by percentile, with the stall. {said}."))
