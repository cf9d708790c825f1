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


def _range(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def gain() -> str:
    """What more workers brought: the cores they used, over the CPU a request cost; and the same at the post's size."""
    here, there = (_against_one(list(by_variant(captured(LAB, scale)).values())) for scale in ("auto", "post"))
    rows, used = [], []
    for run in median_runs(captured(LAB, "auto")).values():
        server, generator = run.measurement.server.cpu_s_per_request, run.measurement.generator.cpu_s_per_request
        each_s, x, workers = server + generator, run.throughput_per_s, run.variant.workers
        compared = _range(here[workers]) if workers in here else "1"
        rows.append((workers, rate(x), compared, f"{each_s * x:.2f}", f"{each_s * 1e3:.3f}\u00a0ms"))
        used.append(f"{each_s * x:.2f} cores ÷ {each_s * 1e3:.3f}\u00a0ms ≈ {rate(x)}/s")
    headings = (
        *("workers", "requests per second", "× one worker (range of 3 turns)"),
        *("cores used, with the load generator", "CPU per request, with the load generator"),
    )
    post = " and ".join(f"{_range(ratios)} times as much with {workers}" for workers, ratios in there.items())
    return region(
        [
            f"Two workers completed {median(here[2]):.2f} times as much as one, and six completed "
            f"{median(here[6]):.2f} times as much. Why? Throughput is the number of cores in use ÷ the CPU per "
            f"request. With one worker that's {used[0]}:",
            "",
            *table(headings, rows, words=0),
            "",
            "One worker nearly fills its core, and leaves a part of the other core idle. A second worker uses most of "
            "that part. Six workers use hardly more than two do, but each request costs more CPU. Probably the six and "
            "the load generator interrupt each other on two cores. (In an experiment with six workers, every second "
            "request was interrupted like that, and with one worker hardly any. And with a core for the generator "
            "alone, a request cost no more with six workers than with one.)",
            "",
            "The forecasts expect both cores to be used up, at the CPU per request of the first row. So they come out "
            "too high, and are only shown. “Between” in the table: the two limits differ by less than a factor of two, "
            "so we name both.",
            "",
            f"At the post's size, with ten times the users and on a slower machine, it was {post} workers.",
        ]
    )
