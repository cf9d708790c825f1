"""Pure: predictions and measurements in, one verdict with its reasons out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from labs.runner import queueing
from labs.runner.model import (
    Check,
    CheckOutcome,
    Lab,
    Machine,
    Observed,
    Outcome,
    PostAgreement,
    PostRow,
    Result,
    Run,
    Variant,
    Verdict,
)

EXIT_STATUS: dict[Outcome, int] = {"reproduced": 0, "not reproduced": 10, "inconclusive": 20}
FEWEST_COMPLETIONS = 30
BUSY_SHARE = 0.85  # of the machine's cores, by us together: beyond it the CPU is near to binding
OTHERS_SHARE = 0.10  # of the machine's cores, by everything else
CPU_TOLERANCE = 0.25  # CPU costs drift with load and temperature: predictions from them are this coarse


@dataclass(frozen=True)
class Doubts:
    """`measurement`: the numbers cannot be used. `noise`: they can, but a failed check proves nothing."""

    measurement: tuple[str, ...]
    noise: tuple[str, ...]


def judge(lab: Lab, result: Result) -> Verdict:
    """The verdict on the lab's claim, and separately whether the post's own figures agree."""
    repeats = observations(result)
    against_ceilings, claims = _throughput_checks(lab, result), _claim_checks(lab, repeats)
    outcomes = (*against_ceilings, *claims)
    doubts = _doubts(lab, result)
    outcome, reasons = _decide(result, against_ceilings, claims, doubts)
    agreement, why = compare_with_post(lab, result, repeats)
    warnings = tuple(_instability(outcomes)) + (doubts.noise if outcome == "reproduced" else ())
    return Verdict(outcome, tuple(reasons), outcomes, agreement, why, warnings)


def _decide(
    result: Result, against_ceilings: Sequence[CheckOutcome], claims: Sequence[CheckOutcome], doubts: Doubts
) -> tuple[Outcome, list[str]]:
    outcomes = [*against_ceilings, *claims]
    if result.scale == "smoke":
        return "inconclusive", ["smoke scale proves the plumbing only; run without --scale smoke for a verdict"]
    if doubts.measurement:
        return "inconclusive", [*doubts.measurement, *doubts.noise]
    if not outcomes:
        return "inconclusive", [
            "no check applies to this configuration: every variant sits on a knee or has no prediction"
        ]
    above = [o for o in against_ceilings if o.high is not None and o.value > o.high]
    if above:
        return "inconclusive", [
            f"{_spell(o)}: above its ceiling, so the model or the measurement is wrong" for o in above
        ]
    failed = [o for o in outcomes if not o.passed]
    if failed and doubts.noise:
        return "inconclusive", [*map(_spell, failed), *doubts.noise]
    if failed:
        return "not reproduced", [_spell(o) for o in failed]
    return "reproduced", [_spell(o) for o in outcomes]


def _spell(outcome: CheckOutcome) -> str:
    limits = f"at least {outcome.low:.2f}" if outcome.high is None else f"{outcome.low:.2f} to {outcome.high:.2f}"
    return f"{outcome.says}: {outcome.value:.3f} (allowed {limits})"


# --- checks ------------------------------------------------------------------------------


def tolerance(lab: Lab, run: Run) -> float:
    """The largest of the lab's own, and one wave's share of the window; coarse where the CPU binds."""
    window = run.measurement.window
    wave_share = run.prediction.wave_s / window.length_s if window.length_s else 1.0
    return max(lab.tolerance if run.prediction.clock_bound else CPU_TOLERANCE, wave_share)


def is_judged(run: Run) -> bool:
    return run.variant.judged and run.prediction.forecasts and not run.prediction.on_knee


def _throughput_checks(lab: Lab, result: Result) -> list[CheckOutcome]:
    outcomes = []
    for runs in by_variant(result).values():
        first = runs[0]
        if not is_judged(first):
            continue
        allowed = max(tolerance(lab, run) for run in runs)
        ratios = tuple(run.measurement.throughput_per_s / (run.prediction.throughput_per_s or 1.0) for run in runs)
        says = f"throughput of {first.variant.name} / prediction by {first.prediction.bound_by}"
        outcomes.append(_outcome(says, ratios, 1 - allowed, 1 + allowed, first.prediction.clock_bound))
    return outcomes


def _claim_checks(lab: Lab, repeats: Sequence[Mapping[str, Observed]]) -> list[CheckOutcome]:
    outcomes = []
    for check in lab.checks:
        usable = [seen for seen in repeats if all(name in seen for name in check.needs)]
        if usable:
            outcomes.append(_judge_check(check, usable))
    return outcomes


def _judge_check(check: Check, repeats: Sequence[Mapping[str, Observed]]) -> CheckOutcome:
    values = tuple(check.ratio(seen) for seen in repeats)
    return _outcome(check.says, values, check.low, check.high, check.clock_bound)


def _outcome(says: str, values: tuple[float, ...], low: float, high: float, clock_bound: bool) -> CheckOutcome:
    middle = median(values)
    return CheckOutcome(
        says, low <= middle <= high, middle, low, None if high == float("inf") else high, values, clock_bound
    )


def _instability(outcomes: Sequence[CheckOutcome]) -> list[str]:
    unstable = []
    for outcome in outcomes:
        inside = [outcome.low <= value <= (outcome.high or float("inf")) for value in outcome.values]
        if any(inside) and not all(inside):
            spread = " ".join(f"{value:.3g}" for value in outcome.values)
            unstable.append(f"may be unstable: {outcome.says} came out as {spread}")
    return unstable


# --- doubts ------------------------------------------------------------------------------


def _doubts(lab: Lab, result: Result) -> Doubts:
    measurement: list[str] = []
    noise: list[str] = []
    for run in result.runs:
        name, m = run.variant.name, run.measurement
        if m.start_error:
            continue  # allowed to fail, and did: the lab's checks say what that means
        if not m.requests or m.failed == m.requests:
            measurement.append(f"{name}: every request failed; see the server's log in the run folder")
        if m.vus_reached < run.variant.load.vus:
            measurement.append(f"{name}: k6 reached {m.vus_reached:,} of {run.variant.load.vus:,} virtual users")
        if m.workers_replaced:
            measurement.append(f"{name}: {m.workers_replaced} of {run.variant.workers} workers died during the load")
        if m.k6_exit:
            measurement.append(f"{name}: k6 ended with status {m.k6_exit}")
        if m.dropped:
            measurement.append(f"{name}: the generator dropped {m.dropped:,} iterations")
        if not is_judged(run):
            continue
        if m.window.completions < FEWEST_COMPLETIONS:
            measurement.append(f"{name}: {m.window.completions} completions in the window are too few; raise --hold")
        elif not _steady(lab, run):
            halves = f"{m.window.first_half_per_s:.4g}/s and {m.window.second_half_per_s:.4g}/s"
            measurement.append(f"{name}: never steady, the halves of the window ran at {halves}")
        used = m.server.cpu_cores + m.generator.cpu_cores + (m.database.cpu_cores if m.database else 0.0)
        cores = result.provenance.cores
        if run.prediction.clock_bound and used > BUSY_SHARE * cores:
            noise.append(f"{name}: our processes used {used:.2f} of {cores:g} cores, so the CPU limits it too")
        if m.other_cpu_cores > OTHERS_SHARE * cores:
            noise.append(f"{name}: other programs used {m.other_cpu_cores:.2g} of {cores:g} cores")
    return Doubts(tuple(dict.fromkeys(measurement)), tuple(dict.fromkeys(noise)))


def _steady(lab: Lab, run: Run) -> bool:
    """Whether the halves agree: within the tolerance, and one wave more in one half is only counting."""
    window = run.measurement.window
    allowed = tolerance(lab, run) + 2 * run.prediction.wave_s / window.length_s
    return abs(window.first_half_per_s - window.second_half_per_s) <= allowed * run.measurement.throughput_per_s


# --- what was observed -------------------------------------------------------------------


def by_variant(result: Result) -> dict[str, list[Run]]:
    grouped: dict[str, list[Run]] = {}
    for run in result.runs:
        grouped.setdefault(run.variant.name, []).append(run)
    return grouped


def median_run(runs: Sequence[Run]) -> Run:
    """The repeat with the median throughput (the lower one of two in the middle)."""
    return sorted(runs, key=lambda run: run.measurement.throughput_per_s)[(len(runs) - 1) // 2]


def observations(result: Result) -> list[dict[str, Observed]]:
    """One mapping a repeat, from the variant's name to what was seen of it."""
    repeats: dict[int, dict[str, Observed]] = {}
    for run in result.runs:
        m = run.measurement
        repeats.setdefault(run.repeat, {})[run.variant.name] = Observed(
            m.throughput_per_s,
            run.prediction.throughput_per_s,
            m.response_time_s.p50,
            m.response_time_s.p95,
            m.response_time_s.p99,
            m.failed_share,
            m.server.cpu_s_per_request,
            m.database_fatals,
        )
    return [repeats[key] for key in sorted(repeats)]


def post_steady(row: PostRow) -> float:
    """The post's throughput over the hold, undone from its totals; of a failing row, answers by time."""
    if row.failed:
        # every answer fell between the first one and the end of the graceful stop
        return (row.requests - row.failed) / (row.ramp_s + row.hold_s + 30.0)
    return queueing.steady_from_summary(row.requests, row.vus, row.ramp_s, row.hold_s, row.service_time_s)


def post_observed(row: PostRow, variant: Variant) -> Observed:
    forecast = queueing.predict(variant, cores=1.0)
    return Observed(post_steady(row), forecast.throughput_per_s, row.p50_s, row.p95_s, None, row.failed / row.requests)


def compare_with_post(lab: Lab, result: Result, repeats: Sequence[Mapping[str, Observed]]) -> tuple[PostAgreement, str]:
    """Whether the one ratio the lab names is the same in the post and here."""
    if lab.post is None:
        return "not comparable", "the post has no figure to hold this against"
    rows = {row.id: row for row in lab.sources}
    variants = lab.variants("post", Machine(result.provenance.cores))
    posted = {v.name: post_observed(rows[v.source], v) for v in variants if v.source is not None}
    needed = lab.post.needs
    usable = [seen for seen in repeats if all(name in seen for name in needed)]
    if result.scale == "smoke" or not usable or not all(name in posted for name in needed):
        return "not comparable", "this run lacks the variants that the post measured"
    theirs = lab.post.ratio(posted)
    ours = median(lab.post.ratio(seen) for seen in usable)
    agrees = abs(ours - theirs) <= lab.post.tolerance * abs(theirs)
    return ("agrees" if agrees else "differs"), f"{lab.post.says}: the post {theirs:.3f}, here {ours:.3f}"
