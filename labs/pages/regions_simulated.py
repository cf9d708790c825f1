"""The generated tables of the simulator: its error over all captures, and what no laptop can run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from labs import catalog
from labs.pages import simulated
from labs.pages.regions import SIZES
from labs.runner import queueing, store, words
from labs.runner.model import Lab, Load, Machine, Result, Run, Scale, Variant
from labs.runner.simulate import SPREAD, Scenario, Simulated, spread
from labs.runner.verdict import by_variant, median_run

THROUGHPUT_TARGET, P95_TARGET = 0.05, 0.15
SAMPLE = 16  # workers that stand for hundreds


@dataclass(frozen=True)
class Row:
    """One captured variant that is simulated: its repeats, and how the median one is played."""

    lab: Lab
    scale: Scale
    repeats: tuple[Run, ...]
    scenario: Scenario

    @property
    def run(self) -> Run:
        return median_run(self.repeats)

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
        if played := simulated.scenario(median_run(runs), result):
            yield Row(lab, scale, runs, played)


def scenarios() -> list[Scenario]:
    """Everything that pages ask for: what the data file holds."""
    own = [replace(row.scenario, connections=users) for row, users in _uneven()]
    few = [replace(row.scenario, sample=CHECK_SAMPLE) for row in _checked()]
    return [*(row.scenario for row in rows()), *own, *few, *(scenario for pair in _pairs() for scenario in pair)]


# --- the simulator's error ---------------------------------------------------------------


def simulator_error() -> str:
    """Rows bound by a clock: nothing measured goes into the simulation."""
    told = [row for row in rows() if not row.scenario.costs]
    rates = [
        e for r in told if (e := _error(r.outcome.throughput_per_s, r.run.measurement.throughput_per_s)) is not None
    ]
    tails = [error for row in told if (error := _p95_error(row)) is not None]
    near = sum(abs(error) <= THROUGHPUT_TARGET for error in rates)
    near_p95 = sum(abs(error) <= P95_TARGET for error in tails)
    lines = [
        "",
        f"Throughput is within {THROUGHPUT_TARGET:.0%} in {near} of {len(rates)} rows, "
        f"p95 within {P95_TARGET:.0%} in {near_p95} of {len(tails)}.",
        "",
        *_table(told),
    ]
    return "\n".join([*lines, "", ""])


def simulator_cpu() -> str:
    """Rows in which the CPU binds, or nearly: their measured CPU costs go in, and only throughput comes out."""
    told = [row for row in rows() if row.scenario.costs]
    tails = [error for row in told if (error := _p95_error(row)) is not None]
    lines = [
        "",
        f"Its p95 is off by {_percent(min(tails))} to {_percent(max(tails))} here, and not shown.",
        "",
        "| lab | size | variant | bound by | throughput/s | simulated | error |",
        "|---|---|---|---|--:|--:|--:|",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(_throughput(row))} |" for row in told), "", ""])


def simulator_silent() -> str:
    """The captured variants that the simulator does not cover, and why."""
    lines = ["", "| lab | size | variant | why not |", "|---|---|---|---|"]
    for lab, scale, _, runs in captured_runs():
        if why := simulated.uncovered(median_run(runs)):
            lines.append(f"| {lab.name} | {SIZES[scale]} | {runs[0].variant.name} | {why} |")
    return "\n".join([*lines, "", ""])


def spread_seen() -> str:
    """How unevenly connections spread, and p95 simulated with each run's own spread."""
    found = list(_uneven())
    seen = [_variation(users) for row in rows() for run in row.repeats if (users := simulated.own_connections(run))]
    lines = [
        "",
        f"Over {len(seen)} runs the median spread is {words.share(median(seen))}, from {words.share(min(seen))} to "
        f"{words.share(max(seen))}; the simulator assumes {words.share(SPREAD)}.",
        "",
        "| lab | size | variant | W | spread | by chance alone | p95 | error, assumed spread | error, its own spread |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row, users in found:
        variant, measured_s = row.run.variant, row.run.measurement.response_time_s.p95
        own = simulated.outcome(replace(row.scenario, connections=users))
        chance = ((variant.workers - 1) / variant.load.vus) ** 0.5
        lines.append(
            f"| {row.lab.name} | {SIZES[row.scale]} | {variant.name} | {variant.workers} "
            f"| {words.share(_variation(users))} | {words.share(chance)} | {words.duration(measured_s)} "
            f"| {_percent(_error(row.outcome.p95_s, measured_s))} | {_percent(_error(own.p95_s, measured_s))} |"
        )
    return "\n".join([*lines, "", ""])


def _uneven() -> Iterator[tuple[Row, tuple[int, ...]]]:
    for row in rows():
        if not row.scenario.costs and (users := simulated.own_connections(row.run)):
            yield row, users


def _variation(users: tuple[int, ...]) -> float:
    return float(np.std(users) / np.mean(users))


def _table(told: list[Row]) -> list[str]:
    lines = [
        "| lab | size | variant | bound by | throughput/s | simulated | error "
        "| p95 | of the repeats | simulated | error | failed | simulated |",
        "|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in told:
        m, outcome = row.run.measurement, row.outcome
        p95 = [run.measurement.response_time_s.p95 for run in row.repeats]
        cells = [
            *_throughput(row),
            words.duration(m.response_time_s.p95),
            f"{words.duration(min(p95))} to {words.duration(max(p95))}",
            words.duration(outcome.p95_s),
            _percent(_p95_error(row)),
            words.share(m.failed_share),
            words.share(outcome.failed_share),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _throughput(row: Row) -> list[str]:
    """The cells that every row has: which it is, what binds it, throughput measured and simulated."""
    measured, outcome = row.run.measurement.throughput_per_s, row.outcome
    return [
        row.lab.name,
        SIZES[row.scale],
        row.run.variant.name,
        row.run.prediction.bound_by if row.run.prediction.forecasts else "CPU",
        words.rate(measured),
        words.rate(outcome.throughput_per_s),
        _percent(_error(outcome.throughput_per_s, measured)),
    ]


def _p95_error(row: Row) -> float | None:
    """None where p95 is the client's timeout: both then say "at least that", and agree for free."""
    measured_s, timeout_s = row.run.measurement.response_time_s.p95, row.run.variant.load.timeout_s
    if measured_s >= 0.99 * timeout_s:
        return None
    return _error(row.outcome.p95_s, measured_s)


def _error(played: float, measured: float) -> float | None:
    """By which share of the measurement the simulation is off; None where nothing was measured."""
    return played / measured - 1 if measured else None


def _percent(share: float | None) -> str:
    if share is None:
        return words.NONE
    return f"{share * 100 + 0.0:+.1f}\u00a0%".replace("-", "−")


# --- at larger scale ---------------------------------------------------------------------

MILLION = 1_000_000
FLEETS = (400, 500, 800, 1_600, 3_200, 12_800, 25_600)
CHECK_SAMPLE = 4


def scale_check() -> str:
    """The captures with most workers: measured, all workers simulated, a few that stand for all."""
    lines = [
        "",
        f"| lab | variant | W | throughput/s | all simulated | {CHECK_SAMPLE} of them | p95 | all simulated "
        f"| {CHECK_SAMPLE} of them |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in _checked():
        m, few = row.run.measurement, simulated.outcome(replace(row.scenario, sample=CHECK_SAMPLE))
        lines.append(
            f"| {row.lab.name} | {row.run.variant.name} | {row.run.variant.workers} | {words.rate(m.throughput_per_s)} "
            f"| {words.rate(row.outcome.throughput_per_s)} | {words.rate(few.throughput_per_s)} "
            f"| {words.duration(m.response_time_s.p95)} | {words.duration(row.outcome.p95_s)} "
            f"| {words.duration(few.p95_s)} |"
        )
    return "\n".join([*lines, "", ""])


def million() -> str:
    """A million users in front of more and more workers, spread as one listening socket does, and evenly."""
    lines = [
        "",
        "| W | W·T / S | simulated/s | p50 | p95 | p99 | failed | p95, spread evenly | failed, spread evenly |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for uneven, even in _pairs():
        variant, told, fair = uneven.variant, simulated.outcome(uneven), simulated.outcome(even)
        ceiling = queueing.thread_tokens(variant.workers, variant.thread_tokens, variant.token_time_s)
        times = " | ".join(_limit(seconds, variant) for seconds in (told.p50_s, told.p95_s, told.p99_s))
        lines.append(
            f"| {variant.workers:,} | {words.rate(ceiling)} | {words.rate(told.throughput_per_s)} | {times} "
            f"| {words.share(told.failed_share)} | {_limit(fair.p95_s, variant)} | {words.share(fair.failed_share)} |"
        )
    return "\n".join([*lines, "", ""])


def _checked() -> Iterator[Row]:
    for row in rows():
        tokens_only = row.run.prediction.bound_by == "thread tokens" and row.run.variant.endpoint.pool == "none"
        if not row.scenario.costs and tokens_only and row.run.variant.workers > 2 * CHECK_SAMPLE:
            yield row


def _pairs() -> Iterator[tuple[Scenario, Scenario]]:
    """The same fleet with connections spread as captures show, and evenly."""
    endpoint = next(iter(catalog.lab(2).rows("post", Machine(2.0)))).endpoint
    load = Load(MILLION, ramp_s=60, hold_s=240, timeout_s=60, graceful_stop_s=60)
    for workers in FLEETS:
        variant = Variant(f"{workers} workers", endpoint, 1000, workers, load)
        yield (
            Scenario(variant, sample=SAMPLE),
            Scenario(variant, sample=1, connections=spread(MILLION, workers, 0.0)),
        )


def _limit(seconds: float, variant: Variant) -> str:
    censored = seconds >= 0.999 * variant.load.timeout_s
    return f"≥ {words.duration(variant.load.timeout_s)}" if censored else words.duration(seconds)
