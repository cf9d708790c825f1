"""What only lab 12's page has: how evenly the responses came, and who waits for whom."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import duration
from labs.engine.results.result import Result, median_runs
from labs.lab12_hidden_tokens.lab import BASE, LAB, MODELLED
from labs.pages import stepped
from labs.pages.captured import captured
from labs.pages.circle import CONNECTION, CONNECTIONS, HEIGHT, TOKEN, TOKENS, Route, admitted, give, take, track, work
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

HEADINGS = ("variant", "fastest", "p50", "busiest second", "seconds without a response")
COMPARED = {BASE: "without a response model", MODELLED: "with one"}


def response_bursts(scale: Scale = "auto") -> str:
    """Fastest and median expected response; seconds of the load with most and with none, in the median repeat."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        load, times = run.variant.load, run.measurement.expected_time_s
        during = run.measurement.timeline.expected_per_s[: int(load.ramp_s + load.steady_s)]
        yield (
            name,
            duration(times.min if times else None),
            duration(times.p50 if times else None),
            f"{max(during, default=0):,}",
            f"{sum(count == 0 for count in during)} of {len(during)}",
        )


def _seconds() -> dict[str, tuple[int, ...]]:
    """Responses of each second while the load lasted, without and with a response model."""
    runs = median_runs(captured(LAB, "auto"))
    shown = min(int(runs[name].variant.load.steady_s) for name in COMPARED)
    return {said: runs[name].measurement.timeline.expected_per_s[:shown] for name, said in COMPARED.items()}


def bursts_figure() -> Draw:
    """Responses per second over the seconds, one chart above the other."""
    seconds = _seconds()

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(len(seconds), figsize=(WIDTH_IN, 3.6), layout="constrained", sharex=True)
        most = max(max(counts) for counts in seconds.values())
        for axes, (said, counts) in zip(charts, seconds.items(), strict=True):
            axes.bar(range(len(counts)), counts, width=0.85, align="edge", color=palette.measured)
            axes.set_title(said, loc="left")
            axes.set_ylim(0, 1.1 * most)
        charts[-1].set_xlabel("seconds since the start")
        figure.supylabel("responses per second", fontsize="medium")
        return figure

    return draw


OPENS, RUNS = work(1, "opens a session"), work(3, "runs its route")
SESSION = (take(TOKEN), take(CONNECTION), OPENS, give(TOKEN), take(TOKEN), RUNS, give(TOKEN), give(CONNECTION))
FIRST, SECOND = work(2, "makes its first query"), work(2, "makes its second query")
NESTED = (take(CONNECTION), FIRST, take(CONNECTION), SECOND, give(CONNECTION), give(CONNECTION))
SINGLE = (take(CONNECTION), FIRST, SECOND, give(CONNECTION))


def circle_mechanism() -> stepped.Mechanism:
    """The lab's routes in a service of few tokens and connections, played: where the circle closes, and where not."""
    tracks = (
        track(Route(name="a connection, then a token", actions=SESSION)),
        track(Route(name=f"the same, {CONNECTIONS} admitted", actions=admitted(SESSION), admitted=CONNECTIONS)),
        track(Route(name="two connections", actions=NESTED), CONNECTIONS),
        track(Route(name="one connection", actions=SINGLE), CONNECTIONS),
    )
    said = (
        f"Drawing of a circle in a small service: {CONNECTIONS} requests hold all connections and wait for a token; "
        f"{TOKENS} requests hold all tokens and wait for a connection."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said)


PICTURES = {"lab12-bursts": bursts_figure, "lab12-circle": lambda: stepped.still(circle_mechanism())}


def bursts() -> str:
    said = "; ".join(
        f"{said}: {sum(count == 0 for count in counts)} of {len(counts)} seconds without a response, at most "
        f"{max(counts)} in one"
        for said, counts in _seconds().items()
    )
    return region(picture("../figures/lab12-bursts", f"Bar charts of responses per second. {said}."))


def circle() -> str:
    return "\nIn a service of four tokens and three connections:\n" + stepped.view("lab12-circle", circle_mechanism())
