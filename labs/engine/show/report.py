"""Pure: what is said of a result in sentences, the same on the terminal and on a page."""

from labs.engine import formatting
from labs.engine.declare.lab import Lab
from labs.engine.formatting import duration, is_limited_by, rate
from labs.engine.judgement.outcome import Outcome, PostAgreement, Verdict
from labs.engine.results.result import Result, median_runs
from labs.engine.show.rows import post_cells

GRADES: dict[Outcome, str] = {
    "reproduced": "the target is met",
    "not reproduced": "the target isn't met",
    "inconclusive": "can't tell whether the target is met",
}


POST_SAID: dict[PostAgreement, str] = {
    "agrees": "agrees",
    "differs": "differs",
    "not comparable": "can't be compared",
}


def said(lab: Lab, outcome: Outcome) -> str:
    """The outcome in the lab's words: a verdict, or a grade."""
    return GRADES[outcome] if lab.grades else outcome


def summary_line(lab: Lab, result: Result, verdict: Verdict) -> str:
    """One line: measured, predicted, limited by, verdict, of the last judged variant; a grade is of the first."""
    runs = list(median_runs(result).values())
    if not runs:
        return verdict.outcome
    if lab.grades:
        m = runs[0].measurement
        seen = f"{rate(m.throughput_per_s)}/s, p99 {duration(runs[0].times.p99)}"
        return f"{runs[0].variant.name}: measured {seen}: {GRADES[verdict.outcome]}"
    judged = [run for run in runs if run.variant.judged and run.predicted_per_s]
    if not judged:
        return verdict.outcome
    run = next((run for run in judged if run.variant.repeats), judged[-1])
    return (
        f"{run.variant.name}: measured {rate(run.throughput_per_s)}/s, "
        f"predicted {rate(run.predicted_per_s)}/s, {is_limited_by(run.prediction.limited_by)}: {verdict.outcome}"
    )


def scale_note(lab: Lab, result: Result, reference: Result | None) -> str | None:
    """A sentence where the columns are of different scales: then only the shares compare."""
    compares = post_cells(lab, result) or reference is None or reference.scale != result.scale
    if not result.experiment and (result.scale == "post" or not compares):
        return None
    ours = "your own settings" if result.experiment else f"the {result.scale} scale"
    other = f"the reference at the {reference.scale} scale" if reference else "there's no reference yet"
    return f"Compare the shares of theory in brackets: the post ran at its own scale, {other}, you at {ours}."


def noise_note(lab: Lab, result: Result) -> str | None:
    """What this machine's noise floor is, or how to learn it."""
    if lab.measures_noise:
        return None
    if result.noise is None:
        return "The noise floor isn't known yet. Where a load runs, invoke lab0 measures it."
    return f"This machine's noise floor: {formatting.noise(result.noise.clock_limited, result.noise.cpu_limited)}."
