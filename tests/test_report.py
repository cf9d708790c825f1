"""What tables show, and what they keep to themselves."""

from dataclasses import replace

from labs.runner import report
from tests.builders import VARIANT, lab, measurement, result, run

TIMES = measurement().response_time_s


def row(**changed: object) -> report.Row:
    (one,) = report.table_rows(lab(), result(run(measurement(**changed))), None)  # type: ignore[arg-type]
    return one


def test_measured_stands_beside_its_share_of_theory() -> None:
    assert row(throughput_per_s=320.0).yours == "320 (50\u00a0%)" and row().theory == "640"


def test_a_percentile_made_of_timeouts_is_a_lower_limit() -> None:
    censored = replace(TIMES, timed_out=8000, p95=60.0)
    assert row(response_time_s=censored).p95 == "≥ 60.00\u00a0s" and row().p95 == "19.00\u00a0s"


def test_the_last_line_names_measured_predicted_bound_and_verdict() -> None:
    from labs.runner.verdict import judge

    kept = result(run(measurement(638.2), replace(VARIANT, source="x")))
    assert report.summary_line(lab(), kept, judge(lab(), kept)) == (
        "T = 40: measured 638.2/s, predicted 640/s, bound by thread tokens: reproduced"
    )
