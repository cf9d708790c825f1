"""Pure: predictions and measurements in, one verdict with its reasons out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import comb
from statistics import median

from labs.runner import queueing
from labs.runner.guards import Doubts, doubts, is_judged, tolerance
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


def judge(lab: Lab, result: Result) -> Verdict:
    """The verdict on the lab's claim, and separately whether the post's own figures agree."""
    repeats = observations(result)
    against_ceilings = _throughput_checks(lab, result)
    claims, broken = _claim_checks(lab, repeats)
    outcomes = (*against_ceilings, *claims)
    found = doubts(lab, result)
    found = replace(found, measurement=(*found.measurement, *broken))
    outcome, reasons = _decide(result, against_ceilings, claims, found)
    agreement, why = compare_with_post(lab, result, repeats)
    warnings = tuple(_instability(outcomes)) + (found.noise if outcome == "reproduced" else ())
    return Verdict(outcome, tuple(reasons), outcomes, agreement, why, warnings)


def _decide(
    result: Result, against_ceilings: Sequence[CheckOutcome], claims: Sequence[CheckOutcome], found: Doubts
) -> tuple[Outcome, list[str]]:
    outcomes = [*against_ceilings, *claims]
    if result.scale == "smoke":
        return "inconclusive", ["smoke scale proves the plumbing only; run without --scale smoke for a verdict"]
    if found.measurement:
        return "inconclusive", [*found.measurement, *found.noise]
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
    if failed and found.noise:
        return "inconclusive", [*map(_spell, failed), *found.noise]
    if failed:
        return "not reproduced", [_spell(o) for o in failed]
    return "reproduced", [_spell(o) for o in outcomes]


def _spell(outcome: CheckOutcome) -> str:
    limits = f"at least {outcome.low:.2f}" if outcome.high is None else f"{outcome.low:.2f} to {outcome.high:.2f}"
    low, high, confidence = interval(outcome.values)
    known = f"{low:.3f} to {high:.3f} at {confidence:.0%} confidence" if confidence else "one run, no interval"
    return f"{outcome.says}: {outcome.value:.3f} ({known}; allowed {limits})"


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Where the median of all possible repeats lies: low, high, and the confidence in that.

    Order statistics: the k-th smallest and k-th largest of n values enclose the median unless fewer
    than k of them fall on one side, so the confidence is 1 − 2·Σᵢ₍ᵢ<ₖ₎ C(n, i) / 2ⁿ, whatever the
    distribution. The largest k that keeps 95 %, else k = 1 with the confidence there is: 75 % of
    three repeats, none of one. A bootstrap of three values would promise more than they know.
    Source: W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., section 3.2.
    """
    ordered, n = sorted(values), len(values)

    def confidence(k: int) -> float:
        return 1.0 - float(2 * sum(comb(n, i) for i in range(k)) / 2**n)

    k = 1
    while 2 * (k + 1) <= n and confidence(k + 1) >= 0.95:
        k += 1
    return ordered[k - 1], ordered[n - k], confidence(k)


# --- checks ------------------------------------------------------------------------------


def _throughput_checks(lab: Lab, result: Result) -> list[CheckOutcome]:
    outcomes = []
    for runs in by_variant(result).values():
        first = runs[0]
        if not is_judged(first):
            continue
        allowed = max(tolerance(lab, run, result) for run in runs)
        ratios = tuple(run.measurement.throughput_per_s / (run.prediction.throughput_per_s or 1.0) for run in runs)
        says = f"throughput of {first.variant.name} / prediction by {first.prediction.bound_by}"
        outcomes.append(_outcome(says, ratios, 1 - allowed, 1 + allowed, first.prediction.clock_bound))
    return outcomes


def _claim_checks(lab: Lab, repeats: Sequence[Mapping[str, Observed]]) -> tuple[list[CheckOutcome], list[str]]:
    """The outcomes, and of the checks that could not be computed (0/0 above all) why not."""
    outcomes, broken = [], []
    for check in lab.checks:
        usable = [seen for seen in repeats if all(name in seen for name in check.needs)]
        try:
            if usable:
                outcomes.append(_judge_check(check, usable))
        except Exception as error:  # a lab's own function: whatever it raises, the run is kept and the rest judged
            broken.append(f"the check {check.says!r} cannot be computed: {type(error).__name__}: {error}")
    return outcomes, broken


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
            m,
            run.variant,
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
    variants = lab.rows("post", Machine(result.provenance.cores))
    posted = {v.name: post_observed(rows[v.source], v) for v in variants if v.source is not None}
    needed = lab.post.needs
    usable = [seen for seen in repeats if all(name in seen for name in needed)]
    if result.scale == "smoke" or not usable or not all(name in posted for name in needed):
        return "not comparable", "this run lacks the variants that the post measured"
    theirs = lab.post.ratio(posted)
    try:
        ours = median(lab.post.ratio(seen) for seen in usable)
    except ZeroDivisionError:
        return "not comparable", "nothing was answered"
    agrees = abs(ours - theirs) <= lab.post.tolerance * abs(theirs)
    return ("agrees" if agrees else "differs"), f"{lab.post.says}: the post {theirs:.3f}, here {ours:.3f}"
