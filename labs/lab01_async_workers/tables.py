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
from labs.pages.markdown import fold, picture, region, table
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


def _range(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def gain() -> str:
    """What more workers brought: the cores they used, over the CPU a request cost; and the same at the post's size."""
    here, there = (_against_one(list(by_variant(captured(LAB, scale)).values())) for scale in ("auto", "post"))
    rows: list[tuple[object, ...]] = []
    first = ""
    for run in median_runs(captured(LAB, "auto")).values():
        server, generator = run.measurement.server.cpu_s_per_request, run.measurement.generator.cpu_s_per_request
        each_s, x, workers = server + generator, run.throughput_per_s, run.variant.workers
        compared = _range(here[workers]) if workers in here else "1"
        used_by = f"{server * x:.2f} + {generator * x:.2f}"
        costs = f"{server * 1e3:.3f} + {generator * 1e3:.3f}\u00a0ms"
        rows.append((workers, rate(x), compared, used_by, costs))
        first = first or f"{each_s * x:.2f} cores ÷ {each_s * 1e3:.3f}\u00a0ms ≈ {rate(x)}/s"
    headings = (
        *("workers", "requests per second", "× one worker (median of the turns, and range)"),
        *("cores used: service + load generator", "CPU per request: service + load generator"),
    )
    post = " and ".join(f"{_range(ratios)} times as much with {workers}" for workers, ratios in there.items())
    origin = captured(LAB, "post").provenance
    at_post = f"At the post's size, on {origin.cores:g} cores of {origin.cpu}, against one worker: {post} workers."
    return region(
        [
            f"Two workers completed {median(here[2]):.2f} times as much as one, and six completed "
            f"{median(here[6]):.2f} times as much (medians of three turns). Why? Throughput is the number of cores in "
            f"use ÷ the CPU per request. With one worker that's {first}:",
            "",
            *fold("The same for two and for six workers", [*table(headings, rows, words=0), "", at_post]),
            "",
            "One worker nearly fills its core, and leaves a part of the other core idle. A second worker uses most of "
            "that part. Six workers use hardly more than two do, but each request costs more CPU. Probably the six and "
            "the load generator interrupt each other on two cores. (In an experiment that isn't among the captures, "
            "half of the requests were interrupted like that with six workers, and hardly any with one. And with a "
            "core for the generator alone, a request cost no more with six workers than with one.)",
            "",
            "The forecasts expect both cores to be used up, at the CPU per request that one worker had in the same "
            "turn. So they come out too high, and are only shown. “Between” in the table: the two limits differ by "
            "less than a factor of two, so we name both.",
        ]
    )
