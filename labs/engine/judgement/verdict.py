"""Pure: predictions and measurements in, one verdict with its reasons out."""

from collections.abc import Sequence
from statistics import median

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Seen
from labs.engine.formatting import limited_by
from labs.engine.judgement.doubts import Doubt, doubts
from labs.engine.judgement.guards import Guard
from labs.engine.judgement.outcome import FEWEST_PAIRS, CheckOutcome, Outcome, Verdict, interval
from labs.engine.judgement.post_comparison import compare_with_post
from labs.engine.judgement.scope import as_declared, clock_limited, is_judged
from labs.engine.judgement.tolerance import tolerance
from labs.engine.results.result import RUNNING, Result, by_variant, repeats


def judge(lab: Lab, result: Result) -> Verdict:
    """The verdict on the lab's claim, and separately whether the post's own figures agree."""
    result = as_declared(lab, result)
    seen = repeats(result)
    against_ceilings = _throughput_checks(lab, result)
    claims, broken = _claim_checks(lab, result, seen)
    found = doubts(lab, result)
    measurement = [*found.measurement, *broken]
    outcomes = (*against_ceilings, *claims)
    outcome, reasons, guards = _decide(result, against_ceilings, claims, measurement, found.noise)
    agreement, why = compare_with_post(lab, result, seen)
    noise = tuple(doubt.says for doubt in found.noise) if outcome == "reproduced" else ()
    warnings = (*_instability(outcomes), *noise)
    return Verdict(outcome, tuple(reasons), outcomes, agreement, why, warnings, guards)


def _decide(
    result: Result,
    against_ceilings: Sequence[CheckOutcome],
    claims: Sequence[CheckOutcome],
    measurement: Sequence[Doubt],
    noise: Sequence[Doubt],
) -> tuple[Outcome, list[str], tuple[Guard, ...]]:
    outcomes = [*against_ceilings, *claims]
    if result.scale == "smoke":
        said = "smoke scale proves the plumbing only; run without --scale smoke for a verdict"
        return _inconclusive([Doubt(Guard.SMOKE, said), *(one for one in measurement if one.guard is Guard.ALL_FAILED)])
    if result.stopped is not None:
        said = f"the run was stopped: {result.stopped}"
        if result.stopped == RUNNING:
            said = "the run goes on, and these are its rows so far"
        return _inconclusive([Doubt(Guard.STOPPED, said), *measurement])
    if measurement:
        return _inconclusive([*measurement, *noise])
    if not outcomes:
        said = "no check applies to this configuration: no row is limited by a clock alone"
        return _inconclusive([Doubt(Guard.NO_CHECK, said)])
    if few := [o for o in claims if o.too_few]:
        said = f"the CPU decides it, and {len(few[0].values)} of {FEWEST_PAIRS} pairs say too little"
        return _inconclusive([Doubt(Guard.FEW_PAIRS, f"{o.says}: {said}; --repeat {FEWEST_PAIRS}") for o in few])
    above = [o for o in against_ceilings if o.high is not None and o.value > o.high]
    if above:
        said = "above its ceiling, so the model or the measurement is wrong"
        return _inconclusive([Doubt(Guard.ABOVE_CEILING, f"{_spell(o)}: {said}") for o in above])
    failed = [o for o in outcomes if not o.passed and not o.undecided]
    if failed and noise:
        outcome, reasons, guards = _inconclusive(noise)
        return outcome, [*map(_spell, failed), *reasons], guards
    if failed:
        return "not reproduced", [_spell(o) for o in failed], ()
    if undecided := [o for o in outcomes if o.undecided]:
        said = "the interval reaches over the limit; --repeat more often"
        return _inconclusive([Doubt(Guard.UNDECIDED, f"{_spell(o)}: {said}") for o in undecided])
    return "reproduced", [_spell(o) for o in outcomes], ()


def _inconclusive(because: Sequence[Doubt]) -> tuple[Outcome, list[str], tuple[Guard, ...]]:
    return "inconclusive", [doubt.says for doubt in because], tuple(dict.fromkeys(doubt.guard for doubt in because))


def _spell(outcome: CheckOutcome) -> str:
    low, high, confidence = interval(outcome.values)
    known = f"{low:.3f} to {high:.3f} at {confidence:.0%} confidence" if confidence else "one run, no interval"
    return f"{outcome.says}: {outcome.value:.3f} ({known}; allowed {_limits(outcome)})"


def _limits(outcome: CheckOutcome) -> str:
    if outcome.high is None:
        return f"at least {outcome.low:.2f}"
    return f"at most {outcome.high:.2f}" if outcome.low is None else f"{outcome.low:.2f} to {outcome.high:.2f}"


def _throughput_checks(lab: Lab, result: Result) -> list[CheckOutcome]:
    """Each judged row's throughput over its own prediction."""
    outcomes = []
    for runs in by_variant(result).values():
        first = runs[0]
        if not is_judged(first):
            continue
        allowed = tolerance(lab, result)
        ratios = tuple(run.throughput_per_s / per_s for run in runs if (per_s := run.predicted_per_s))
        limit = first.prediction.limited_by
        says = f"throughput of {first.variant.name} / prediction by {limited_by(limit)}"
        outcomes.append(_outcome(says, ratios, 1 - allowed, 1 + allowed, first.prediction.clock_limited))
    return outcomes


def _claim_checks(lab: Lab, result: Result, seen: Sequence[Seen]) -> tuple[list[CheckOutcome], list[Doubt]]:
    """The outcomes, and of the checks that could not be computed (0/0 above all) why not.

    A check whose rows did not run, or that needs more cores than there are, does not apply.
    """
    outcomes, broken = [], []
    for check in lab.checks:
        usable = [one for one in seen if all(name in one for name in check.quantity.reads)]
        try:
            if usable and check.needs_cores <= result.provenance.cores:
                outcomes.append(_judge_check(check, result, usable))
        except Exception as error:  # a lab's own function: whatever it raises, the run is kept and the rest judged
            said = f"the check {check.says!r} cannot be computed: {type(error).__name__}: {error}"
            broken.append(Doubt(Guard.NOT_COMPUTABLE, said))
    return outcomes, broken


def _judge_check(check: Check, result: Result, seen: Sequence[Seen]) -> CheckOutcome:
    values = tuple(check.quantity.of(one) for one in seen)
    return _outcome(check.says, values, check.at_least, check.at_most, clock_limited(check, result))


def _outcome(
    says: str, values: tuple[float, ...], low: float | None, high: float | None, clock_limited: bool
) -> CheckOutcome:
    return CheckOutcome(says, median(values), low, high, values, clock_limited)


def _instability(outcomes: Sequence[CheckOutcome]) -> list[str]:
    unstable = []
    for outcome in outcomes:
        if not outcome.clock_limited:
            continue  # it is held against the limits by its interval, which says as much
        inside = [outcome.allows(value) for value in outcome.values]
        if any(inside) and not all(inside):
            values = " ".join(f"{value:.3g}" for value in outcome.values)
            unstable.append(f"may be unstable: {outcome.says} came out as {values}")
    return unstable
