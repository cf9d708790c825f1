"""The generated tables of the simulator: its error over all captures, and what no laptop can run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from labs import catalog
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Load, Scale, Variant
from labs.engine.formatting import duration, limited_by, off, rate, share
from labs.engine.results import store
from labs.engine.results.result import Result, Run, by_variant, median_run
from labs.engine.theory import queueing
from labs.engine.theory.prediction import Resource
from labs.pages import markdown, simulated
from labs.pages.captured import SIZES
from labs.simulator.simulate import SPREAD, Scenario, Simulated, spread

THROUGHPUT_TARGET, P95_TARGET = 0.05, 0.15
SAMPLE = 16  # workers that stand for hundreds


@dataclass(frozen=True)
class Row:
    """One captured variant that is simulated: its repeats, and how the median one is simulated."""

    lab: Lab
    scale: Scale
    repeats: tuple[Run, ...]
    scenario: Scenario

    @property
    def run(self) -> Run:
        return median_run(list(self.repeats))

    @property
    def outcome(self) -> Simulated:
        return simulated.outcome(self.scenario)


def captured_runs() -> Iterator[tuple[Lab, Scale, Result, tuple[Run, ...]]]:
    """Every variant of every capture, with its repeats."""
    for lab in catalog.labs():
        for scale in lab.captured_at:
            result = store.reference(catalog.folder(lab), scale)
            for runs in by_variant(result).values() if result else ():
                assert result
                yield lab, scale, result, tuple(runs)


def rows() -> Iterator[Row]:
    for lab, scale, result, runs in captured_runs():
        if scenario := simulated.scenario(median_run(list(runs)), result):
            yield Row(lab, scale, runs, scenario)


def scenarios() -> list[Scenario]:
    """Everything that pages ask for: what the data file holds."""
    own = [replace(row.scenario, connections=users) for row, users in _uneven()]
    few = [replace(row.scenario, sample=CHECK_SAMPLE) for row in _checked()]
    return [*(row.scenario for row in rows()), *own, *few, *(scenario for pair in _pairs() for scenario in pair)]


# --- the simulator's error ---------------------------------------------------------------


def error() -> str:
    """Rows limited by a clock: nothing measured goes into the simulation."""
    found = [row for row in rows() if not row.scenario.costs]
    rates = [e for row in found if (e := _off(row.outcome.throughput_per_s, row.run.throughput_per_s)) is not None]
    tails = [e for row in found if (e := _p95_error(row)) is not None]
    near = sum(abs(one) <= THROUGHPUT_TARGET for one in rates)
    near_p95 = sum(abs(one) <= P95_TARGET for one in tails)
    says = (
        f"Throughput is within {THROUGHPUT_TARGET:.0%} in {near} of {len(rates)} rows, "
        f"p95 within {P95_TARGET:.0%} in {near_p95} of {len(tails)}."
    )
    return markdown.region([says, "", *_table(found)])


def cpu() -> str:
    """Rows in which the CPU limits, or nearly: their measured CPU costs go in, and only throughput comes out."""
    found = [row for row in rows() if row.scenario.costs]
    tails = [e for row in found if (e := _p95_error(row)) is not None]
    says = f"The simulated p95 is off by {off(min(tails))} to {off(max(tails))} here, and isn't shown."
    headings = ("lab", "size", "variant", "limited by", "throughput/s", "simulated", "error")
    return markdown.region([says, "", *markdown.table(headings, map(_throughput, found), words=4)])


def silent() -> str:
    """The captured variants that the simulator does not cover, and why."""
    found = [
        (lab.name, SIZES[scale], runs[0].variant.name, why)
        for lab, scale, _, runs in captured_runs()
        if (why := simulated.uncovered(median_run(list(runs))))
    ]
    return markdown.region(markdown.table(("lab", "size", "variant", "why not"), found, words=4))


def spread_seen() -> str:
    """How unevenly connections spread, and p95 simulated with each run's own spread."""
    seen = [_variation(users) for row in rows() for run in row.repeats if (users := simulated.own_connections(run))]
    found = []
    for row, users in _uneven():
        variant, measured_s = row.run.variant, row.run.measurement.response_time_s.p95
        own = simulated.outcome(replace(row.scenario, connections=users))
        chance = ((variant.workers - 1) / variant.load.vus) ** 0.5
        errors = (off(_off(row.outcome.p95_s, measured_s)), off(_off(own.p95_s, measured_s)))
        spreads = (share(_variation(users)), share(chance))
        found.append(
            (row.lab.name, SIZES[row.scale], variant.name, variant.workers, *spreads, duration(measured_s), *errors)
        )
    says = (
        f"Over {len(seen)} runs the median spread is {share(median(seen))}. It goes from {share(min(seen))} to "
        f"{share(max(seen))}. The simulator assumes {share(SPREAD)}."
    )
    headings = (
        *("lab", "size", "variant", "workers", "spread", "by chance alone", "p95"),
        *("error, assumed spread", "error, the run's own spread"),
    )
    return markdown.region([says, "", *markdown.table(headings, found, words=3)])


def _uneven() -> Iterator[tuple[Row, tuple[int, ...]]]:
    for row in rows():
        if not row.scenario.costs and (users := simulated.own_connections(row.run)):
            yield row, users


def _variation(users: tuple[int, ...]) -> float:
    return float(np.std(users) / np.mean(users))


def _table(found: list[Row]) -> list[str]:
    cells = []
    for row in found:
        m, outcome = row.run.measurement, row.outcome
        p95 = [run.measurement.response_time_s.p95 for run in row.repeats]
        cells.append(
            [
                *_throughput(row),
                duration(m.response_time_s.p95),
                f"{duration(min(p95))} to {duration(max(p95))}",
                duration(outcome.p95_s),
                off(_p95_error(row)),
                share(m.failed_share),
                share(outcome.failed_share),
            ]
        )
    headings = (
        *("lab", "size", "variant", "limited by", "throughput/s", "simulated", "error"),
        *("p95", "range over repeats", "simulated", "error", "failed", "simulated"),
    )
    return markdown.table(headings, cells, words=4)


def _throughput(row: Row) -> list[str]:
    """The cells that every row has: which it is, what limits it, throughput measured and simulated."""
    measured, outcome, limit = row.run.throughput_per_s, row.outcome, row.run.prediction.limited_by
    return [
        row.lab.name,
        SIZES[row.scale],
        row.run.variant.name,
        limited_by(limit) if limit.known else "CPU",
        rate(measured),
        rate(outcome.throughput_per_s),
        off(_off(outcome.throughput_per_s, measured)),
    ]


def _p95_error(row: Row) -> float | None:
    """None where either p95 is the client's timeout: it then says "at least that"."""
    measured_s, timeout_s = row.run.measurement.response_time_s.p95, row.run.variant.load.timeout_s
    return None if max(measured_s, row.outcome.p95_s) >= 0.99 * timeout_s else _off(row.outcome.p95_s, measured_s)


def _off(predicted: float, measured: float) -> float | None:
    """By which share of the measurement the simulation is off; None where nothing was measured."""
    return predicted / measured - 1 if measured else None


# --- at larger scale ---------------------------------------------------------------------

MILLION = 1_000_000
FLEETS = (400, 500, 800, 1_600, 3_200, 12_800, 25_600)
CHECK_SAMPLE = 4


def scale_check() -> str:
    """The captures with most workers: measured, all workers simulated, a few that stand for all."""
    found = []
    for row in _checked():
        m, all_of, few = row.run.measurement, row.outcome, simulated.outcome(replace(row.scenario, sample=CHECK_SAMPLE))
        rates = map(rate, (m.throughput_per_s, all_of.throughput_per_s, few.throughput_per_s))
        tails = map(duration, (m.response_time_s.p95, all_of.p95_s, few.p95_s))
        found.append((row.lab.name, row.run.variant.name, row.run.variant.workers, *rates, *tails))
    few_of = f"{CHECK_SAMPLE} of them"
    headings = ("lab", "variant", "workers", "throughput/s", "all simulated", few_of, "p95", "all simulated", few_of)
    return markdown.region(markdown.table(headings, found, words=2))


def million() -> str:
    """A million users in front of more and more workers, spread as one listening socket does, and evenly."""
    found = []
    for uneven, even in _pairs():
        variant, outcome, fair = uneven.variant, simulated.outcome(uneven), simulated.outcome(even)
        ceiling = queueing.thread_tokens(variant.workers, variant.thread_tokens, variant.token_time_s)
        times = [_limit(seconds, variant) for seconds in (outcome.p50_s, outcome.p95_s, outcome.p99_s)]
        evenly = (_limit(fair.p95_s, variant), share(fair.failed_share))
        rates = (rate(ceiling), rate(outcome.throughput_per_s))
        found.append((f"{variant.workers:,}", *rates, *times, share(outcome.failed_share), *evenly))
    headings = (
        *("workers", "ceiling/s", "simulated/s", "p50", "p95", "p99", "failed"),
        *("p95, spread evenly", "failed, spread evenly"),
    )
    return markdown.region(markdown.table(headings, found, words=0))


def _checked() -> Iterator[Row]:
    for row in rows():
        variant, limit = row.run.variant, row.run.prediction.limited_by
        tokens_only = limit.only == Resource.TOKENS and not variant.needs_database
        if not row.scenario.costs and tokens_only and variant.workers > 2 * CHECK_SAMPLE:
            yield row


def _pairs() -> Iterator[tuple[Scenario, Scenario]]:
    """The same fleet with connections spread as captures show, and evenly."""
    load = Load(vus=MILLION, ramp_s=60, steady_s=240, timeout_s=60, graceful_stop_s=60)
    for workers in FLEETS:
        variant = Variant(name=f"{workers} workers", endpoint=SYNC_SLEEP, ms=1000, workers=workers, load=load)
        yield (
            Scenario(variant, sample=SAMPLE),
            Scenario(variant, sample=1, connections=spread(MILLION, workers, 0.0)),
        )


def _limit(seconds: float, variant: Variant) -> str:
    censored = seconds >= 0.999 * variant.load.timeout_s
    return f"≥\u00a0{duration(variant.load.timeout_s)}" if censored else duration(seconds)
