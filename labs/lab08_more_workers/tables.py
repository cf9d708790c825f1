"""What only lab 8's page has: what every worker brought, and what it took."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.endpoints import COMPUTE_INLINE, SYNC_SLEEP
from labs.engine.declare.service import Scale
from labs.engine.formatting import rate, size
from labs.engine.results.result import Result, Run, median_runs
from labs.lab08_more_workers.lab import COMPUTE_1, COMPUTE_2C, DEF_1, DEF_2C, LAB
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table
from labs.pages.regions.mechanism import View

VIEW = View(variants=(DEF_1, DEF_2C, COMPUTE_1, COMPUTE_2C), sliders=("workers", "tokens", "vus"), at_s=3.0)

ENDPOINTS = {SYNC_SLEEP.path: "def", COMPUTE_INLINE.path: "compute"}
NAMES = {"def": "waits in def", "compute": "computes"}
HEADINGS = ("endpoint", "workers", "requests/s", "times its first row", "by theory", "server memory", "per worker")


def sweep_of_workers(scale: Scale = "auto") -> str:
    """Throughput against the first row of the same endpoint, measured and by theory; memory of the server."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    first: dict[str, Run] = {}
    for run in median_runs(result).values():
        path, workers = run.variant.endpoint.path, run.variant.workers
        base = first.setdefault(path, run)
        memory = run.measurement.server.rss_bytes
        yield (
            ENDPOINTS[path],
            workers,
            rate(run.throughput_per_s),
            f"{run.throughput_per_s / base.throughput_per_s:.2f}",
            f"{_theory_per_s(run) / _theory_per_s(base):.2f}",
            size(memory),
            size(memory / workers),
        )


def _theory_per_s(run: Run) -> float:
    """The prediction; the baseline has none, and the later rows were predicted from what it measured."""
    return run.throughput_per_s if run.predicted_per_s is None else run.predicted_per_s


def _gains() -> dict[str, list[tuple[int, float]]]:
    """By endpoint: the workers of each row, and its throughput relative to one worker's."""
    found: dict[str, list[tuple[int, float]]] = {}
    first: dict[str, float] = {}
    for run in median_runs(captured(LAB, "auto")).values():
        endpoint = ENDPOINTS[run.variant.endpoint.path]
        base = first.setdefault(endpoint, run.throughput_per_s)
        found.setdefault(endpoint, []).append((run.variant.workers, run.throughput_per_s / base))
    return found


def _cores() -> int:
    return int(captured(LAB, "auto").provenance.cores)


def gains_figure() -> Draw:
    """Two lines over the workers, relative to one worker, and where the workers are as many as the cores."""
    gains, cores = _gains(), _cores()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 3.6), layout="constrained")
        axes.axvline(cores, color=palette.faint, linewidth=1.5, linestyle="--")
        axes.annotate("as many as cores", (cores, 0.1), xytext=(5, 0), textcoords="offset points")
        for (endpoint, points), color in zip(gains.items(), palette.series, strict=False):
            workers, times = zip(*points, strict=True)
            axes.plot(workers, times, color=color, marker="o", linewidth=2)
            axes.annotate(
                NAMES[endpoint], (workers[-1], times[-1]), xytext=(-6, 8), textcoords="offset points", ha="right",
                color=color,
            )  # fmt: skip
        axes.set_xticks(sorted({workers for points in gains.values() for workers, _ in points}))
        axes.set_ylim(0, 1.12 * max(times for points in gains.values() for _, times in points))
        axes.set_xlabel("workers")
        axes.set_ylabel("times one worker's requests/s")
        return figure

    return draw


PICTURES = {"lab08-gains": gains_figure}


def relative_to_one() -> str:
    """The figure, and what it says in words."""
    said = "; ".join(
        f"{NAMES[endpoint]}: " + ", ".join(f"{times:.2f} times with {workers}" for workers, times in points[1:])
        for endpoint, points in _gains().items()
    )
    return region(picture("../figures/lab08-gains", f"Line chart of requests per second against one worker's. {said}."))


def memory() -> str:
    """What the fewest and the most workers of the endpoint that waits hold in memory."""
    runs = [run for run in median_runs(captured(LAB, "auto")).values() if ENDPOINTS[run.variant.endpoint.path] == "def"]
    said = [f"{run.variant.workers} held {size(run.measurement.server.rss_bytes)}" for run in (runs[0], runs[-1])]
    return region([f"In this run, one worker held {said[0].split(' held ')[1]} of memory, {said[1]}."])
