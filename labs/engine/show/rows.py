"""Pure: the rows of the one table that the terminal and every lab page show. Judges nothing, draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine
from labs.engine.formatting import NONE, duration, limited_by, rate, share
from labs.engine.judgement.guards import users_missed
from labs.engine.judgement.post_comparison import published
from labs.engine.judgement.scope import is_judged
from labs.engine.results.measurement import Measurement
from labs.engine.results.result import Result, Run, median_runs

NEVER_STARTED = "never started"


@dataclass(frozen=True)
class Row:
    """One variant as the tables show it; every cell is text.

    `left_out`: the share of the users whom the percentiles miss, who would be the slowest.
    """

    variant: str
    post: str
    theory: str
    reference: str
    yours: str
    p50: str
    p95: str
    left_out: str
    failed: str
    limited_by: str
    probe: str  # p99 of the second stream

    def with_left_out(self, percentile: str) -> str:
        """A percentile that stands alone in its cell says what it misses."""
        return percentile if self.left_out == NONE else f"{percentile} without {self.left_out} of the users"


def without_dashes(
    headings: Sequence[str], rows: Sequence[Sequence[object]], nothing: Sequence[object] = (NONE,)
) -> tuple[list[str], list[list[object]]]:
    """A table without the columns in which every row has `nothing`."""
    kept = [place for place in range(len(headings)) if any(row[place] not in nothing for row in rows)]
    return [headings[place] for place in kept], [[row[place] for place in kept] for row in rows]


def has_probe(result: Result) -> bool:
    return any(run.variant.probe for run in result.runs)


def _versus(per_s: float, predicted: float | None) -> str:
    return f"{rate(per_s)} ({share(per_s / predicted)})" if predicted else rate(per_s)


def _reached(run: Run) -> str:
    started = run.measurement.start_error is None
    return _versus(run.throughput_per_s, run.predicted_per_s) if started else NEVER_STARTED


def table_rows(lab: Lab, result: Result, reference: Result | None) -> list[Row]:
    """Steady throughput in requests/s, in brackets the share of that run's own theory; medians of repeats."""
    posted = post_cells(lab, result)
    known = median_runs(reference) if reference else {}
    rows = []
    for name, run in median_runs(result).items():
        m, predicted, kept = run.measurement, run.predicted_per_s, known.get(name)
        rows.append(
            Row(
                variant=name,
                post=posted.get(name, NONE),
                theory=rate(predicted or None),
                reference=_reached(kept) if kept else NONE,
                yours=_reached(run),
                p50=_time(run.times.p50, run),
                p95=_time(run.times.p95, run),
                left_out=_left_out(run),
                failed=share(m.failed_share) if m.start_error is None else NONE,
                limited_by=limit_of(run),
                probe=_probe(m, run),
            )
        )
    return rows


FAR_BELOW = 0.75  # of what a clock allows: that isn't what limited such a row
MANY_GAVE_UP = 0.5  # of the requests of such a row: most of the work was for users who had left


def limit_of(run: Run) -> str:
    """What limited a run, as a cell; a row that isn't judged may stay far below what a clock allows."""
    if run.measurement.start_error is not None:
        return NONE
    if not run.predicted_per_s:
        return "CPU"
    far_below = run.throughput_per_s < FAR_BELOW * run.predicted_per_s
    if far_below and run.prediction.clock_limited and not is_judged(run):
        m = run.measurement
        return "users who gave up" if m.response_time_s.timed_out > MANY_GAVE_UP * m.requests else "something else"
    return limited_by(run.prediction.limited_by)


def _probe(measurement: Measurement, run: Run) -> str:
    felt, declared = measurement.probe, run.variant.probe
    if declared is None or felt is None or not felt.samples:
        return NONE
    censored = felt.timed_out and felt.p99 >= 0.999 * declared.timeout_s
    return f"≥\u00a0{duration(declared.timeout_s)}" if censored else duration(felt.p99)


def _time(value: float, run: Run) -> str:
    """A percentile; at the client's timeout it is a lower limit."""
    times = run.times
    if not times.samples:
        return NONE
    timed_out = times.timed_out and value >= 0.999 * run.variant.load.timeout_s
    return f"≥\u00a0{duration(run.variant.load.timeout_s)}" if timed_out else duration(value)


def _left_out(run: Run) -> str:
    missed = users_missed(run)
    return share(missed / run.variant.load.vus) if missed and run.times.samples else NONE


def post_cells(lab: Lab, result: Result) -> dict[str, str]:
    """The post's steady throughput by variant name, where the lab repeats one of its rows."""
    cells = {}
    for variant in lab.rows("post", Machine(result.provenance.cores)):
        if variant.repeats is not None:
            seen = published(variant.repeats, variant)
            cells[variant.name] = _versus(seen.throughput_per_s, None if lab.baseline else seen.predicted_per_s)
    return cells
