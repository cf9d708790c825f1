"""When a run counts as reproduced, when not, and when it says nothing."""

from dataclasses import replace

import pytest

from labs import post
from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.published import PostRow
from labs.engine.declare.quantities import Quantity, share_of_prediction, throughput
from labs.engine.judgement.outcome import EXIT_STATUS, interval
from labs.engine.judgement.post_comparison import post_steady
from labs.engine.judgement.verdict import judge
from tests.unit.builders import VARIANT, lab, measurement, result, run


def test_throughput_at_the_ceiling_reproduces() -> None:
    verdict = judge(lab(), result(run(measurement(638.0))))
    assert verdict.outcome == "reproduced" and verdict.checks[0].value == pytest.approx(638 / 640)


def test_throughput_below_the_ceiling_does_not() -> None:
    assert judge(lab(), result(run(measurement(500.0)))).outcome == "not reproduced"


def test_throughput_above_a_ceiling_is_a_fault_of_ours_not_a_finding() -> None:
    verdict = judge(lab(), result(run(measurement(700.0))))
    assert verdict.outcome == "inconclusive" and "above its ceiling" in verdict.reasons[0]


def test_smoke_scale_never_judges() -> None:
    assert judge(lab(), result(run(measurement(640.0)), scale="smoke")).outcome == "inconclusive"


def test_a_smoke_run_whose_every_request_failed_says_where_to_look() -> None:
    missed = measurement(0.0, requests=640, failed=640, errors={"1404": 640})
    smoke, failed = judge(lab(), result(run(missed), scale="smoke")).reasons
    assert "--scale smoke" in smoke and "app/routes.py" in failed


def test_the_median_repeat_decides_and_disagreement_is_said() -> None:
    runs = [run(measurement(value), repeat=n) for n, value in enumerate((640.0, 639.0, 500.0))]
    verdict = judge(lab(), result(*runs))
    assert verdict.outcome == "reproduced" and "may be unstable" in verdict.warnings[0]


def test_a_claim_of_the_lab_fails_the_verdict_too() -> None:
    never = Check(says="never true", quantity=throughput("T = 40"), at_least=10_000)
    verdict = judge(lab(checks=(never,)), result(run(measurement(640.0))))
    assert verdict.outcome == "not reproduced" and "never true" in verdict.reasons[0]


def test_a_claim_above_its_limit_is_not_reproduced_rather_than_inconclusive() -> None:
    equal = Check(
        says="throughput of a / of b", quantity=Quantity(("T = 40",), lambda seen: 1.2), at_least=0.97, at_most=1.03
    )
    assert judge(lab(checks=(equal,)), result(run(measurement(640.0)))).outcome == "not reproduced"


def test_a_server_that_was_allowed_not_to_start_is_no_doubt() -> None:
    failed = measurement(0.0, start_error="PoolTimeout", requests=0)
    never = Check(says="responses per second", quantity=throughput("T = 40"), at_most=0.0)
    shown = replace(VARIANT, judged=False)
    allowed = lab(checks=(never,), variants=lambda scale, machine: [shown])
    assert judge(allowed, result(run(failed, shown))).outcome == "reproduced"


@pytest.mark.parametrize(("row", "agreement"), [(post.SYNC_SLEEP_16, "agrees"), (post.SYNC_MIX_16, "differs")])
def test_agreement_with_the_post_is_a_question_of_its_own(row: PostRow, agreement: str) -> None:
    variant = replace(VARIANT, repeats=row)
    one = lab(
        variants=lambda scale, machine: [variant],
        post=PostComparison(says="share of W·T/S", quantity=share_of_prediction("T = 40"), tolerance=0.03),
    )
    verdict = judge(one, result(run(measurement(639.0), variant)))
    assert (verdict.outcome, verdict.post) == ("reproduced", agreement)


def test_the_posts_failing_row_had_sixteen_workers() -> None:
    assert post_steady(post.ASYNC_MIX) * 0.5 == pytest.approx(16, rel=0.03)


def test_every_outcome_has_its_exit_status() -> None:
    assert EXIT_STATUS == {"reproduced": 0, "not reproduced": 10, "inconclusive": 20}


@pytest.mark.parametrize(
    ("repeats", "low", "high", "confidence"),
    [(1, 0, 0, 0.0), (3, 0, 2, 0.75), (6, 0, 5, 1 - 2 / 64), (9, 1, 7, 1 - 2 * 10 / 512), (20, 5, 14, 0.9586)],
)
def test_an_interval_is_as_wide_as_the_repeats_demand(repeats: int, low: int, high: int, confidence: float) -> None:
    assert interval([float(n) for n in range(repeats)]) == pytest.approx((low, high, confidence), abs=1e-4)
