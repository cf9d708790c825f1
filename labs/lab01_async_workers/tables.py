"""What only lab 1's page has: requests that hold nothing, and how far above the tokens' limit they come."""

from collections.abc import Sequence

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import rate, share
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


def _cores_used(run: Run) -> tuple[float, float]:
    """By the service and by the load generator, on average; rounded, since they are added up as they are shown."""
    cost, x = run.measurement, run.throughput_per_s
    return round(cost.server.cpu_s_per_request * x, 2), round(cost.generator.cpu_s_per_request * x, 2)


def limits() -> str:
    """What one worker's core was used for, and what a request costs."""
    one = next(iter(median_runs(captured(LAB, "auto")).values()))
    cores = round(captured(LAB, "auto").provenance.cores)
    c_ms = round(one.measurement.server.cpu_s_per_request * 1e3, 2)
    g_ms = round(one.measurement.generator.cpu_s_per_request * 1e3, 2)
    both_ms, busy = c_ms + g_ms, one.measurement.server.cpu_s_per_request * one.throughput_per_s
    return region(
        [
            "*One worker* is one Python process, and uses one core for its Python code. In our run with one worker, "
            f"that core was busy for {share(busy)} of the time. So it had hardly any time left for further requests, "
            f"although each of them only awaits. In each second the worker computed for {busy * 1e3:.0f}\u00a0ms and "
            f"completed {rate(one.throughput_per_s)} requests, so one request costs "
            f"{busy * 1e3:.0f}\u00a0ms\u00a0÷\u00a0{rate(one.throughput_per_s)}, about {c_ms:.2f}\u00a0ms (c). That's "
            "the number to know of your own service: one worker completes 1/c requests per second at most. "
            "([Below](#in-your-own-service): how to measure it.)",
            "",
            "*More workers* use more cores, as long as there are any that are idle: on two cores, two workers complete "
            "nearly twice as much as one ([lab 8](lab08.md) measures it, with requests that compute). In this lab the "
            "load generator needs a part of the cores, so more workers bring less.",
            "",
            *fold(
                "With the load generator on the same machine: how many at most?",
                [
                    f"A request also costs CPU in the load generator: {g_ms:.2f}\u00a0ms in our run (g). In both "
                    f"together it costs {c_ms:.2f}\u00a0+\u00a0{g_ms:.2f}\u00a0= {both_ms:.2f}\u00a0ms. "
                    f"In each second our {cores} cores (C) compute for {cores * 1000:,}\u00a0ms. That's enough for "
                    f"{cores * 1000:,}\u00a0ms\u00a0÷\u00a0{both_ms:.2f}\u00a0ms\u00a0= "
                    f"{rate(cores * 1e3 / both_ms)} requests per second (C/(c\u00a0+\u00a0g)), if there are two "
                    "workers or more. Our runs stay below that: with more workers a request costs more CPU, and a "
                    "core is idle now and then.",
                ],
            ),
        ]
    )


def _from_to(ratios: Sequence[float]) -> str:
    return f"{min(ratios):.2f} to {max(ratios):.2f}"


def gain() -> str:
    """What more workers bring: cores in use and CPU per request."""
    here = _against_one(list(by_variant(captured(LAB, "auto")).values()))
    seen = list(median_runs(captured(LAB, "auto")).values())
    one = seen[0].throughput_per_s
    rows: list[tuple[object, ...]] = []
    parts: list[tuple[object, ...]] = []
    cores = round(captured(LAB, "auto").provenance.cores)
    for run in seen:
        cost, x, workers = run.measurement, run.throughput_per_s, run.variant.workers
        service, generator = cost.server.cpu_s_per_request, cost.generator.cpu_s_per_request
        used_by = _cores_used(run)
        rows.append((workers, *(f"{one:.2f}" for one in (*used_by, sum(used_by)))))
        times = f"{x / one:.2f} ({_from_to(here[workers])})" if workers in here else "1"
        parts.append((workers, times, f"{service * 1e3:.3f} + {generator * 1e3:.3f}\u00a0ms"))
    headings = ("workers", "cores used by the service", "by the load generator", f"together, of {cores}")
    split = ("workers", "throughput, one worker's = 1", "CPU time per request: service + generator")
    return region(
        [
            *fold(
                "What two and six workers brought in this lab",
                [
                    f"Two workers completed {rate(seen[1].throughput_per_s)} per second, six "
                    f"{rate(seen[2].throughput_per_s)}. The machine has only {cores} cores, and the load generator "
                    "runs on them too:",
                    "",
                    *table(headings, rows, words=0),
                    "",
                    "With two workers, both cores are nearly full, and hardly anything is left for more workers. And "
                    "with more workers, a request costs more CPU:",
                    "",
                    *table(split, parts, words=0),
                    "",
                    "Probably that's because the load generator and the workers take the cores from each other. (In "
                    "another experiment the load generator had one core to itself, and all workers had the other. Then "
                    "a request cost no more with six workers than with one.) In one of our three runs, six workers "
                    "completed even less than one did.",
                    "",
                    "The evidence has a prediction for two and six workers (in the column named *theory*). This "
                    "prediction is too high here: it assumes that a request costs as much CPU as with one worker, and "
                    "that no core is ever idle.",
                ],
            ),
        ]
    )
