"""Pure: what each worker reported of itself, as rows for the terminal and for a page."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table

from labs.engine.formatting import NONE, duration, rate, size
from labs.engine.results.measurement import ServerMetrics
from labs.engine.results.result import Result, median_runs
from labs.engine.show.rows import without_dashes
from labs.engine.show.tables import table

HEADINGS = (
    "throughput/s",
    "p99",
    "server CPU, cores",
    "loop lag",
    "tokens in use",
    "waiting for a token",
    "connections in use",
    "waiting for a connection",
    "in flight",
    "worker's own p99",
    "memory",
    "descriptors",
)
OUTSIDE = 3  # of the headings: what is seen from outside
NARROW = slice(OUTSIDE, OUTSIDE + 6)  # what the terminal has room for beside the variant's name


@dataclass(frozen=True)
class MetricsRow:
    """One variant, its median repeat; `cells` are text, one for each of HEADINGS."""

    variant: str
    cells: tuple[str, ...]


def rows(result: Result) -> list[MetricsRow]:
    """The busiest worker's value in a typical second; variants with server metrics only."""
    found = []
    for name, run in median_runs(result).items():
        m = run.measurement
        if m.server_metrics is not None:
            outside = (rate(m.throughput_per_s), duration(run.times.p99), f"{m.server.cpu_cores:.2f}")
            found.append(MetricsRow(name, outside + _inside(m.server_metrics)))
    return found


def _inside(metrics: ServerMetrics) -> tuple[str, ...]:
    """What a worker didn't report has a dash."""

    def cell(name: str, told: Callable[[float], str]) -> str:
        return told(metrics.typical(name)) if name in metrics.gauges else NONE

    counts = ("tokens_in_use", "tokens_waiting", "pool_in_use", "pool_waiting", "in_flight")
    return (
        cell("loop_lag_seconds", duration),
        *(cell(name, "{:,.0f}".format) for name in counts),
        cell("p99_seconds", duration),
        cell("rss_bytes", size),
        cell("fds", "{:,.0f}".format),
    )


def terminal(result: Result, width: int) -> Table | None:
    """Server metrics, under the table of throughputs, without what every row has none of; None without any metrics."""
    if not (shown := rows(result)):
        return None
    headings, cells = without_dashes(HEADINGS[NARROW], [row.cells[NARROW] for row in shown], (NONE, "0"))
    title = "server metrics: the busiest worker's value in a typical second"
    return table(title, headings, [(row.variant, of_row) for row, of_row in zip(shown, cells, strict=True)], width)
