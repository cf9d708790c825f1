"""What tables show, and what they keep to themselves."""

from dataclasses import replace

import pytest

from labs import catalog, post
from labs.engine.formatting import NONE
from labs.engine.judgement.outcome import Outcome, Verdict
from labs.engine.judgement.verdict import judge
from labs.engine.show import report
from labs.engine.show.rows import Row, table_rows, without_dashes
from labs.engine.show.terminal import verdict_lines
from tests.unit.builders import VARIANT, lab, measurement, result, run

TIMES = measurement().response_time_s


def row(**changed: object) -> Row:
    (one,) = table_rows(lab(), result(run(measurement(**changed))), None)  # type: ignore[arg-type]
    return one


def test_measured_stands_beside_its_share_of_theory() -> None:
    assert row(throughput_per_s=320.0).yours == "320 (50%)" and row().theory == "640"


def test_a_percentile_made_of_timeouts_is_a_lower_limit() -> None:
    censored = replace(TIMES, timed_out=8000, p95=60.0)
    assert row(response_time_s=censored).p95 == "≥\u00a060.00\u00a0s" and row().p95 == "19.00\u00a0s"


def test_the_last_line_names_measured_predicted_limit_and_verdict() -> None:
    kept = result(run(measurement(638.2), replace(VARIANT, repeats=post.SYNC_SLEEP_16)))
    assert report.summary_line(lab(), kept, judge(lab(), kept)) == (
        "T = 40: measured 638.2/s, predicted 640/s, limited by thread tokens: reproduced"
    )


@pytest.mark.parametrize(("outcome", "grade"), report.GRADES.items())
def test_a_graded_lab_tells_its_verdict_as_a_grade(outcome: Outcome, grade: str) -> None:
    graded, ordinary = catalog.lab(19), catalog.lab(11)
    verdict = Verdict(outcome, (), (), "not comparable", "")
    assert f"{outcome}: {grade}: {graded.claim}" in verdict_lines(graded, verdict, result()).plain
    assert grade not in verdict_lines(ordinary, verdict, result()).plain
    kept = result(run(measurement(6.0)))
    assert report.summary_line(graded, kept, verdict).endswith(f"6/s, p99 20.00\u00a0s: {grade}")


def test_a_service_that_never_started_has_no_share_of_failures_and_no_limit() -> None:
    never = row(throughput_per_s=0.0, requests=0, start_error="the pool could not be opened")
    assert (never.yours, never.failed, never.limited_by) == ("never started", NONE, NONE)


def test_a_column_of_dashes_is_left_out_and_one_value_keeps_it() -> None:
    headings, rows = without_dashes(("variant", "post", "theory"), [("a", NONE, NONE), ("b", NONE, "640")])
    assert headings == ["variant", "theory"] and rows == [["a", NONE], ["b", "640"]]


def test_scales_are_spoken_of_where_columns_of_different_scales_stand_side_by_side() -> None:
    kept = result(run(measurement()), scale="auto")
    assert report.scale_note(lab(), kept, kept) is None
    assert "no reference yet" in (report.scale_note(lab(), kept, None) or "")
    assert "your own settings" in (report.scale_note(lab(), replace(kept, experiment=True), kept) or "")
