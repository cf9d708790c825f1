"""The capstone's checks on the real service: the starter misses the target, the given solution meets it."""

from dataclasses import replace

import pytest
from rich.console import Console

from labs import catalog
from labs.runner import report, run
from labs.runner.model import Machine, Result, Verdict
from labs.runner.progress import LiveProgress
from labs.runner.verdict import judge

LAB = catalog.lab(19)
YOURS, GIVEN = LAB.rows("auto", Machine(2.0))


def graded(variant_name: str, port: int) -> tuple[Result, Verdict]:
    """Run one of the two variants in the place of the learner's, and judge it."""
    chosen = {YOURS.name: YOURS, GIVEN.name: GIVEN}[variant_name]
    as_yours = replace(chosen, name=YOURS.name, judged=False, load=replace(chosen.load, hold_s=12.0))
    with open("/dev/null", "w") as nowhere, LiveProgress(Console(file=nowhere)) as progress:
        result, _ = run.run_lab(run.Plan(LAB, "auto", (as_yours,), port=port), progress)
    return result, judge(LAB, result)


@pytest.mark.selftest
def test_the_starter_misses_throughput_and_p99_and_says_so(port: int) -> None:
    result, verdict = graded(YOURS.name, port)
    assert verdict.outcome in ("not reproduced", "inconclusive")  # the latter on a busy machine
    missed = {check.says.partition(" /")[0] for check in verdict.checks if not check.passed}
    assert missed == {"your throughput", "your p99"}
    told = report.verdict_lines(LAB, verdict, result).plain
    assert report.GRADES[verdict.outcome] in told


@pytest.mark.selftest
def test_the_given_solution_passes_the_same_checks(port: int) -> None:
    _, verdict = graded(GIVEN.name, port)
    assert all(check.passed for check in verdict.checks), verdict.reasons
    assert len(verdict.checks) == len(LAB.checks)


@pytest.mark.parametrize(("outcome", "grade"), report.GRADES.items())
def test_a_graded_lab_tells_its_verdict_as_a_grade(outcome: str, grade: str) -> None:
    from tests import builders

    verdict = Verdict(outcome, (), (), "not comparable", "")  # type: ignore[arg-type]
    assert f"{outcome}: {grade}: {LAB.claim}" in report.verdict_lines(LAB, verdict, builders.result()).plain
    assert grade not in report.verdict_lines(catalog.lab(11), verdict, builders.result()).plain
    kept = builders.result(builders.run(builders.measurement(6.0)))
    assert report.summary_line(LAB, kept, verdict).endswith(f"6/s, p99 20.00\u00a0s: {grade}")
