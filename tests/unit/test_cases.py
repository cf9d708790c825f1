"""Other people's load tests: predicted from what they state, and none of ours is fitted to them."""

from typing import Any

import pytest

from labs.pages.regions import benchmarks
from labs.reports import cases
from labs.reports.check import Outcome, check
from labs.reports.report import Report


def test_where_a_report_states_every_time_the_prediction_comes_near() -> None:
    rows = list(cases.independent())
    near = [row for row in rows if abs(row.off) <= cases.NEAR]
    stated = [row for row in rows if "isn't stated" not in row.why and row.why != "the same"]
    assert len(rows) >= 30 and len(near) / len(rows) >= 0.7
    assert len(near) / len(stated) >= 0.9


def test_each_miss_has_its_reason_and_no_hit_has_an_excuse() -> None:
    for row in (row for case in cases.CASES for row in case.rows if row.counted):
        assert bool(row.why) == (abs(row.off) > cases.NEAR), row


def test_littles_law_accounts_for_every_printed_mean() -> None:
    assert len(cases.KLEN.rows) == 36
    assert max(abs(row.off) for row in cases.KLEN.rows) < 0.013


def test_a_case_has_an_address_and_says_where_it_was_read() -> None:
    for case in cases.CASES:
        assert case.address.startswith("https://github.com/") and case.read and case.rows


def waits(service_s: float, **said: Any) -> Report:
    return Report(kind="async", service_time_s=service_s, **said)


PUBLIC = (
    (waits(0.3, workers=2, blocking_time_s=0.3, throughput_per_s=6.6), "consistent"),
    (waits(0.05, workers=2, blocking_time_s=0.05, throughput_per_s=76.54), "impossible"),
    (waits(0.05, workers=2, pool=16, connection_time_s=0.05, throughput_per_s=1113.16), "impossible"),
    (waits(2, workers=1, users=50, blocking_time_s=1, throughput_per_s=0.99), "consistent"),
    (waits(0.2, users=40, think_time_s=0.3, throughput_per_s=75.09, mean_s=0.205), "consistent"),
    (
        Report(workers=1, users=50, service_time_s=2, throughput_per_s=19.07, requests=1000, duration_s=52.4),
        "consistent",
    ),
    (Report(kind="async", users=64, throughput_per_s=9060, mean_s=0.00703), "missing"),
)


@pytest.mark.parametrize(("report", "outcome"), PUBLIC)
def test_the_check_calls_no_sound_public_report_impossible_and_catches_the_two_that_are(
    report: Report, outcome: str
) -> None:
    assert check(report).outcome is Outcome(outcome), check(report)


def test_the_page_says_how_many() -> None:
    assert "independent predictions are within 10%" in benchmarks.summary()
    assert "impossible as stated" in benchmarks.table()
