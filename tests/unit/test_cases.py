"""Other people's load tests: predicted from what they state, and none of ours is fitted to them."""

from typing import Any

import pytest

from labs.engine.errors import UsageError
from labs.engine.theory.prediction import predict
from labs.pages.regions import benchmarks
from labs.reports import cases, on_our_app
from labs.reports.case import Miss, whole_waves
from labs.reports.check import Outcome, check
from labs.reports.report import Report
from tests.unit import builders


def test_where_a_report_states_what_the_law_needs_the_prediction_comes_near() -> None:
    rows = cases.independent()
    near = [row for row in rows if row.near]
    stated = [row for row in rows if row.miss is not Miss.LEFT_OUT]
    assert len(rows) >= 70 and len(near) / len(rows) >= 0.6
    assert len(near) / len(stated) >= 0.85


def test_each_miss_has_its_reason_and_no_hit_has_an_excuse() -> None:
    for row in (row for case in cases.CASES for row in case.rows):
        if row.counted:
            assert (row.miss is None) == row.near, row
        assert row.why or row.miss in (None, Miss.UNEXPLAINED), row


def test_a_wave_that_ends_with_the_clock_is_not_counted() -> None:
    assert whole_waves(100, 1, 40, 10, 60) == 40 * 5
    assert whole_waves(100, 4, 40, 10, 60) == whole_waves(100, 1, None, 10, 60) == 100 * 5
    assert whole_waves(2000, 20, None, 3, 22) == 2000 * 7


def test_littles_law_accounts_for_every_printed_mean() -> None:
    assert len(cases.KLEN.rows) == 36
    assert max(abs(row.off) for row in cases.KLEN.rows) < 0.013


def test_a_case_has_an_address_and_says_where_it_was_read() -> None:
    for case in cases.CASES:
        assert case.address.startswith("https://") and case.read and case.rows
    assert len({case.name for case in cases.CASES}) == len(cases.CASES)


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
    (waits(3, workers=1, users=50, requests=1000, duration_s=63.528, throughput_per_s=15.74), "consistent"),
    (
        Report(workers=1, users=50, service_time_s=3, throughput_per_s=12.72, requests=1000, duration_s=78.615),
        "consistent",
    ),
    (waits(10, workers=20, users=2000, requests=4000, duration_s=22.05, throughput_per_s=181.39), "consistent"),
    (waits(1, workers=20, users=2000, requests=40_506, duration_s=22.03, throughput_per_s=1839.06), "consistent"),
    (waits(3, workers=20, users=2000, requests=35_659, duration_s=22.1, throughput_per_s=1613.63), "impossible"),
    (waits(5, workers=1, users=10, requests=20, duration_s=10.02, throughput_per_s=2), "consistent"),
    (waits(0.02, workers=1, users=50, pool=50, connection_time_s=0.02, throughput_per_s=860), "slower"),
    (waits(0.025, workers=2, users=10, think_time_s=0.1, throughput_per_s=75.015), "consistent"),
    (
        waits(0.025, workers=2, users=10, think_time_s=0.1, blocking_time_s=0.025, throughput_per_s=39.092),
        "slower",
    ),
)


@pytest.mark.parametrize(("report", "outcome"), PUBLIC)
def test_the_check_calls_no_sound_public_report_impossible_and_catches_those_that_are(
    report: Report, outcome: str
) -> None:
    assert check(report).outcome is Outcome[outcome.upper()], check(report)


def test_the_page_says_how_many_and_why_not_all() -> None:
    said = benchmarks.summary()
    rows = cases.independent()
    assert f"**{sum(row.near for row in rows)} of {len(rows)} independent predictions" in said
    for miss in Miss:
        assert f"{sum(row.miss is miss for row in rows)} " in said and f": {miss}" in benchmarks.table()


def test_what_runs_on_our_app_is_what_the_source_states_and_takes_at_most_half_a_minute() -> None:
    for again in on_our_app.AGAIN:
        variant, published = again.variant, again.published
        assert published.independent
        load = variant.load
        assert load.ramp_s + load.steady_s + load.graceful_stop_s <= 30
        ours = predict(variant, 2.0).throughput_per_s
        assert ours is not None and published.unit == "/s"
        # the law's figure is the source's; where users arrive one by one there, half of their ramp is missing in it
        assert published.predicted == pytest.approx(ours, rel=1e-9 if "ramp" not in published.law else 0.07)


def test_what_was_recorded_is_what_would_run_today() -> None:
    kept = on_our_app.read()
    for again, row in zip(on_our_app.AGAIN, kept.rows, strict=True):
        assert (row.case, row.says) == (again.case.name, again.says)
        assert row.predicted_per_s == pytest.approx(predict(again.variant, kept.cores).throughput_per_s)


AWAITED = on_our_app.AGAIN[1]


def recorded(**changed: object) -> on_our_app.Recorded:
    """Of one run of the row that awaits 3 s, measured as `changed` says."""
    m = builders.measurement(16.5, **({"vus_reached": AWAITED.variant.load.vus} | changed))
    result = builders.result(builders.run(m, AWAITED.variant), scale="auto")
    return on_our_app.recorded(on_our_app.plan(8000, (AWAITED,)), result, 0.01, (AWAITED,))


def test_a_run_is_kept_with_where_and_when_it_was() -> None:
    kept = recorded()
    assert (kept.commit, kept.cores, kept.others_share) == ("c", 2.0, 0.01)
    (row,) = kept.rows
    assert (row.throughput_per_s, row.predicted_per_s) == (16.5, pytest.approx(50 / 3))


@pytest.mark.parametrize("spoiled", [{"vus_reached": 3}, {"other_cpu_cores": 2.0}])
def test_a_run_that_a_guard_doubts_is_not_kept(spoiled: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="Nothing is recorded"):
        recorded(**spoiled)
