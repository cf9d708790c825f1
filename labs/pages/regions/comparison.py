"""What "All labs compared" shows: how far the slowest hundredth of the responses lies from the mean."""

from collections.abc import Iterator

from labs import catalog
from labs.engine.formatting import duration
from labs.engine.judgement.guards import users_missed
from labs.engine.results.result import Run, median_runs
from labs.pages import figures, markdown
from labs.pages.captured import captured

ENOUGH = 1000  # responses, for a p99
CLOCK, CPU = "a clock limits it", "the CPU limits it, or may"
NAME = "comparison"


def rows() -> Iterator[tuple[str, str, Run]]:
    """Lab, variant and median run of each captured row at the default size whose p99 covers its users.

    Left out: open models, which no number of users limits, whole-run times, rows whose percentiles miss users, and
    fewer than 1,000 responses.
    """
    for lab in catalog.labs():
        for name, run in median_runs(captured(lab, "auto")).items():
            closed = run.variant.load.arrivals_per_s is None and not run.variant.whole_run_times
            if closed and run.times.samples >= ENOUGH and not users_missed(run):
                yield lab.name, name, run


def picture() -> figures.Draw:
    lanes: dict[str, list[tuple[str, float]]] = {}
    for lab, _, run in rows():
        lanes.setdefault(lab, []).append((_kind(run), run.times.p99 / run.times.mean))
    return figures.strip(list(lanes.items()), (CLOCK, CPU), "p99 ÷ mean response time")


def tails() -> str:
    """The figure and its data."""
    data = markdown.table(
        ("lab", "variant", "mean", "p99", "p99 ÷ mean"),
        [
            (lab, name, duration(run.times.mean), duration(run.times.p99), f"{run.times.p99 / run.times.mean:.2f}")
            for lab, name, run in rows()
        ],
        words=2,
    )
    said = "Strip plot, a line per lab, a dot per row: p99 as a multiple of the mean response time. The table has all."
    return markdown.region([*markdown.picture(f"figures/{NAME}", said), "", *markdown.fold("The figure's data", data)])


def _kind(run: Run) -> str:
    return CLOCK if run.prediction.clock_limited else CPU
