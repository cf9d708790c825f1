"""Pure: what the workers' own gauges said, as rows for the terminal and for a page."""

from dataclasses import dataclass

from rich.table import Table

from labs.runner.model import Panel, Result
from labs.runner.verdict import by_variant, median_run
from labs.runner.words import duration, rate, size

HEADINGS = (
    "throughput/s",
    "p99",
    "server CPU, cores",
    "loop lag",
    "tokens in use",
    "waiting for a token",
    "connections in use",
    "waiting for one",
    "in flight",
    "p99, its own",
    "memory",
    "descriptors",
)
OUTSIDE = 3  # of the headings: what is seen without a panel
NARROW = slice(OUTSIDE, OUTSIDE + 6)  # what the terminal has room for beside the variant's name


@dataclass(frozen=True)
class PanelRow:
    """One variant, its median repeat; `cells` are text, one for each of HEADINGS."""

    variant: str
    cells: tuple[str, ...]


def rows(result: Result) -> list[PanelRow]:
    """Of the worker with the highest value in each second, the median second; variants with a panel only."""
    found = []
    for name, runs in by_variant(result).items():
        m = median_run(runs).measurement
        if m.panel is not None:
            outside = (rate(m.throughput_per_s), duration(m.response_time_s.p99), f"{m.server.cpu_cores:.2f}")
            found.append(PanelRow(name, outside + _inside(m.panel)))
    return found


def _inside(panel: Panel) -> tuple[str, ...]:
    counts = ("tokens_in_use", "tokens_waiting", "pool_in_use", "pool_waiting", "in_flight")
    return (
        duration(panel.typical("loop_lag_seconds")),
        *(f"{panel.typical(name):,.0f}" for name in counts),
        duration(panel.typical("p99_seconds")),
        size(panel.typical("rss_bytes")),
        f"{panel.typical('fds'):,.0f}",
    )


def terminal(result: Result) -> Table | None:
    """What the panel said, under the table of throughputs; None without a panel."""
    if not (told := rows(result)):
        return None
    table = Table(title="what the busiest worker said of itself, in the median second", title_justify="left")
    table.add_column("variant")
    for heading in HEADINGS[NARROW]:
        table.add_column(heading, justify="right")
    for row in told:
        table.add_row(row.variant, *row.cells[NARROW])
    return table
