"""What only lab 1's page has: requests that hold nothing, and how far above the tokens' limit they come."""

from collections.abc import Sequence
from statistics import median

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import rate
from labs.engine.results.result import Run, by_variant, median_runs
from labs.engine.theory.queueing import thread_tokens
from labs.lab01_async_workers.lab import LAB, ONE, SIX, TWO
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette, rows_below
from labs.pages.markdown import picture, region, table
from labs.pages.regions.mechanism import View

VIEW = View(variants=(ONE, TWO, SIX), sliders=("vus", "workers", "waits"), at_s=3.5)


def _seen() -> list[tuple[str, float, float]]:
    """Each row: what it is called, its throughput, and what as many workers' tokens would allow."""
    found = []
    for name, run in median_runs(captured(LAB, "auto")).items():
        v = run.variant
        found.append((name, run.throughput_per_s, thread_tokens(v.workers, v.thread_tokens, v.service_time_s)))
    return found


def throughput_and_tokens() -> Draw:
    """One bar per row, and as an upright line what thread tokens would allow the same number of workers."""
    seen = _seen()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 1.0 + 0.8 * len(seen)), layout="constrained")
        for place, (name, throughput_per_s, tokens_per_s) in enumerate(seen):
            axes.barh(place, throughput_per_s, height=HEIGHT, color=palette.measured)
            axes.vlines(tokens_per_s, place - HEIGHT / 2, place + 0.3, color=palette.predicted, linewidth=3)
            said = f"{name}: {rate(throughput_per_s)} (tokens would allow {rate(tokens_per_s)})"
            axes.annotate(
                said, (0, place - HEIGHT / 2), xytext=(0, 2), textcoords="offset points", va="bottom",
            )  # fmt: skip
        rows_below(axes, len(seen))
        axes.set_xlabel("requests per second")
        return figure

    return draw


PICTURES = {"lab01-tokens": throughput_and_tokens}


def above_tokens() -> str:
    said = "; ".join(
        f"{name} completes {rate(measured)} requests per second, tokens would allow {rate(tokens)}"
        for name, measured, tokens in _seen()
    )
    return region(picture("../figures/lab01-tokens", f"Bar chart. {said}."))


def _against_one(runs: Sequence[Sequence[Run]]) -> dict[int, list[float]]:
    """Of each number of workers: how many times as much as one worker it completed, turn by turn."""
    first, *more = runs
    ones = [run.throughput_per_s for run in first]
    return {
        turns[0].variant.workers: [run.throughput_per_s / one for run, one in zip(turns, ones, strict=True)]
        for turns in more
    }


def _times(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f} times ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} turns)"


def gain() -> str:
    """What more workers brought: the cores they used, over the CPU a request cost; and the same at the post's size."""
    rows = []
    for run in median_runs(captured(LAB, "auto")).values():
        server, generator = run.measurement.server.cpu_s_per_request, run.measurement.generator.cpu_s_per_request
        each_s, x = server + generator, run.throughput_per_s
        rows.append((run.variant.workers, rate(x), f"{each_s * x:.2f}", f"{each_s * 1e3:.2f}\u00a0ms"))
    here, there = (_against_one(list(by_variant(captured(LAB, scale)).values())) for scale in ("auto", "post"))
    post = " and ".join(f"{_times(ratios)} as much with {workers} workers" for workers, ratios in there.items())
    headings = ("workers", "requests per second", "cores used, service and load generator", "CPU per request, both")
    return region(
        [
            f"Two workers completed {_times(here[2])} as much as one, six completed {_times(here[6])}. Why? Throughput "
            "is the cores that are used, divided by the CPU that a request costs:",
            "",
            *table(headings, rows, words=0),
            "",
            "With one worker, its core is full, and a part of the other one is idle. A second worker uses nearly all "
            "of that. With six there's hardly anything left to use, but a request costs more. Probably six workers and "
            "the load generator interrupt each other on two cores. (In an experiment, they did so at every other "
            "request, and one worker and the generator hardly ever. With a core for the generator alone, a request "
            "cost no more with six workers than with one.)",
            "",
            "The forecasts take the CPU per request from the first row, and expect both cores to be used up. So they "
            "come out too high, and are only shown. *Between* in the table means that two limits are so close (within "
            "a factor of two) that we name both.",
            "",
            f"At the post's size, with ten times the users and on a slower machine, it was {post}.",
        ]
    )
