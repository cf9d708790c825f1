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
from labs.pages.markdown import picture, region
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


def _cpu_s(run: Run) -> float:
    return run.measurement.server.cpu_s_per_request + run.measurement.generator.cpu_s_per_request


def _gain(first: Sequence[Run], runs: Sequence[Run]) -> str:
    """How many times as much as the first row they completed: the median over the turns."""
    ratios = [run.throughput_per_s / one.throughput_per_s for run, one in zip(runs, first, strict=True)]
    return f"{median(ratios):.2f} times as much with {runs[0].variant.workers}"


def gain() -> str:
    """Why the second row completed as much as it did: the cores it used, over the CPU a request cost it."""
    (_, one), (_, six) = median_runs(captured(LAB, "auto")).items()
    costs = [f"{_cpu_s(run) * 1e3:.2f}\u00a0ms" for run in (one, six)]
    cores = [f"{_cpu_s(run) * run.throughput_per_s:.2f}" for run in (one, six)]
    first, *more = by_variant(captured(LAB, "post")).values()
    gains = " and ".join(_gain(first, runs) for runs in more)
    return region(
        [
            f"Six workers completed {six.throughput_per_s / one.throughput_per_s:.2f} times as much as one did. Two "
            "things happened at once. Server and load generator together used more of the two cores: "
            f"{cores[0]} with one worker, {cores[1]} with six. And each request cost them more CPU: {costs[0]} with "
            f"one worker, {costs[1]} with six. Throughput is the one divided by the other. The forecast knew only of "
            "the first, because it takes the CPU per request from the first row.",
            "",
            "Why does a request cost more? Probably six workers and the generator interrupt each other on two cores. "
            "(In an experiment on another machine they did so at every other request, and one worker and the generator "
            "hardly ever. When the generator had a core of its own, a request cost as much with six workers as with "
            "one.) So the forecast is only shown. *Between* in the table means that two limits are so close (within a "
            "factor of two) that we name both.",
            "",
            "At the post's size, with ten times the users, more workers did help. Each number of workers ran three "
            f"times, in turns. Compared with one worker: {gains}. Where a request needs far more CPU than the "
            "generator does, the second core brings nearly all of its worth: see [lab 8](lab08.md).",
        ]
    )
