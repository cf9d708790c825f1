"""A published load test is held against the laws: what can't be is caught, what can isn't."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labs import post
from labs.engine.errors import UsageError
from labs.engine.judgement.post_comparison import post_steady
from labs.reports import show
from labs.reports.check import Outcome, check
from labs.reports.report import Report, parse

DEF = Report(workers=16, users=10_000, service_time_s=1.0, throughput_per_s=640.0)


def made(kind: str, workers: int, users: int, service_s: float, pause_s: float, noise: float) -> Report:
    """A report as the laws make it: the lowest ceiling, and the response time that Little's law leaves."""
    limit = workers * 40 / service_s if kind == "def" else workers / service_s
    per_s = min(users / (service_s + pause_s), limit) * noise
    mean_s = max(service_s, users / per_s - pause_s)
    blocking = {"blocking_time_s": service_s} if kind == "async" else {}
    return Report(
        kind=kind, workers=workers, users=users, service_time_s=service_s, think_time_s=pause_s, mean_s=mean_s,
        throughput_per_s=per_s, requests=round(per_s * 60), duration_s=60, p50_s=mean_s, p95_s=mean_s * 1.4, **blocking,
    )  # type: ignore[arg-type]  # fmt: skip


reports = st.builds(
    made,
    st.sampled_from(["def", "async"]),
    st.integers(1, 16),
    st.integers(1, 5_000),
    st.floats(0.05, 3.0),
    st.sampled_from([0.0, 0.5, 2.0]),
    st.floats(0.95, 1.0),
)


def test_the_posts_row_is_consistent_and_with_half_the_workers_impossible() -> None:
    assert check(DEF).outcome is Outcome.CONSISTENT
    half = check(DEF.model_copy(update={"workers": 8}))
    assert half.outcome is Outcome.IMPOSSIBLE
    assert half.broken[0].law == "thread tokens" and half.broken[0].off == pytest.approx(2)
    assert half.fits == ("with 16 workers this limit fits: thread tokens then allow 640/s",)


def test_a_blocking_service_that_does_twice_what_its_loops_allow_is_caught() -> None:
    """A public report of this kind says 2 workers where 4 fit."""
    told = check(Report(kind="async", workers=2, service_time_s=0.05, blocking_time_s=0.05, throughput_per_s=76.5))
    assert told.outcome is Outcome.IMPOSSIBLE and told.fits[0].startswith("with 4 workers this limit fits")


def test_a_median_of_another_unit_is_caught() -> None:
    told = check(Report(users=500, service_time_s=1.0, throughput_per_s=35.7, p50_s=1.3, mean_s=14.0))
    assert told.outcome is not Outcome.IMPOSSIBLE  # a median below the mean is possible
    told = check(Report(users=500, service_time_s=1.0, throughput_per_s=35.7, mean_s=1.3))
    assert told.outcome is Outcome.SLOWER and "a time is in another unit" in told.findings[-1].says
    told = check(Report(users=500, service_time_s=1.0, throughput_per_s=357.0, mean_s=14.0))
    assert told.outcome is Outcome.IMPOSSIBLE and told.broken[0].law == "Little's law"


def test_our_own_runs_with_users_outside_are_possible() -> None:
    """Lab 5's users wait in the accept queue, lab 13's arrive on a schedule: Little's law counts few of them."""
    waiting = {"kind": "async", "workers": 2, "users": 2_500, "service_time_s": 0.1, "blocking_time_s": 0.05}
    assert check(Report(**waiting, throughput_per_s=39.4, mean_s=5.6, failed=0)).outcome is Outcome.CONSISTENT
    arriving = Report(kind="async", users=150, service_time_s=0.06, throughput_per_s=50.0, mean_s=0.061)
    assert check(arriving).outcome is not Outcome.IMPOSSIBLE


def test_a_pool_limits_only_for_the_time_that_a_connection_is_held() -> None:
    report = {"kind": "async", "workers": 1, "pool": 10, "users": 100, "service_time_s": 1.0, "throughput_per_s": 100.0}
    assert check(Report(**report)).outcome is Outcome.CONSISTENT
    assert check(Report(**report, connection_time_s=1.0)).outcome is Outcome.IMPOSSIBLE


def test_what_is_missing_is_recovered() -> None:
    told = check(Report(users=10_000, service_time_s=None, throughput_per_s=640.0, workers=16))
    assert told.outcome is Outcome.MISSING
    assert any("each is held for 1.00\u00a0s" in one for one in told.fits)
    assert any("mean response time is 15.62\u00a0s" in one for one in told.fits)


def test_requests_that_failed_need_no_place() -> None:
    """A row of the post: most of its requests timed out, and k6's rate counts them."""
    blocked = {"kind": "async", "workers": 16, "users": 10_000, "service_time_s": 1.0, "blocking_time_s": 0.5}
    counts = {"requests": 9_992, "failed": 8_089, "duration_s": 61.0}
    told = check(Report(**blocked, **counts, throughput_per_s=163.8))
    assert told.outcome is Outcome.CONSISTENT
    assert any("completed without failing 31.2" in one.says for one in told.findings)
    assert check(Report(**blocked, **counts, throughput_per_s=31.2)).outcome is Outcome.CONSISTENT  # the others' rate
    assert check(Report(**blocked, throughput_per_s=163.8)).outcome is Outcome.IMPOSSIBLE


def test_no_more_requests_fail_than_there_are() -> None:
    told = check(DEF.model_copy(update={"requests": 1_000, "failed": 1_001}))
    assert told.outcome is Outcome.IMPOSSIBLE
    assert [one.says for one in told.broken] == ["1,001 requests failed, of 1,000"]
    assert check(DEF.model_copy(update={"requests": 1_000, "failed": 1_000})).outcome is not Outcome.IMPOSSIBLE


def test_slower_than_the_limits_explain_is_no_error() -> None:
    assert check(DEF.model_copy(update={"throughput_per_s": 300.0})).outcome is Outcome.SLOWER


def test_no_row_of_the_post_is_called_impossible_by_what_it_states() -> None:
    for row in post.ROWS:
        report = Report(kind="async", users=row.vus, throughput_per_s=post_steady(row), mean_s=row.mean_s, failed=1)
        assert check(report).outcome is not Outcome.IMPOSSIBLE, row.title


@settings(max_examples=300, deadline=None)
@given(reports)
def test_a_report_that_the_laws_made_is_never_impossible(report: Report) -> None:
    assert check(report).outcome is Outcome.CONSISTENT


@settings(max_examples=300, deadline=None)
@given(reports, st.floats(1.5, 20.0))
def test_a_rate_that_a_law_forbids_is_caught(report: Report, factor: float) -> None:
    assert report.throughput_per_s and report.requests
    more = {"throughput_per_s": report.throughput_per_s * factor, "requests": round(report.requests * factor)}
    assert check(report.model_copy(update=more)).outcome is Outcome.IMPOSSIBLE


@settings(max_examples=300, deadline=None)
@given(reports, st.floats(1.5, 20.0))
def test_a_response_time_that_little_forbids_is_caught(report: Report, factor: float) -> None:
    assert report.mean_s and report.users and report.throughput_per_s
    assume(report.throughput_per_s * report.mean_s > 0.5 * report.users)  # else the pause hides it
    slower = report.model_copy(update={"mean_s": report.mean_s * factor, "p50_s": None, "p95_s": None})
    assert check(slower).outcome is Outcome.IMPOSSIBLE


@settings(max_examples=200, deadline=None)
@given(reports, st.floats(1.5, 20.0))
def test_percentiles_that_fall_are_caught(report: Report, factor: float) -> None:
    assert report.p50_s
    fallen = report.model_copy(update={"p95_s": report.p50_s / factor})
    assert check(fallen).outcome is Outcome.IMPOSSIBLE


def test_what_is_typed_wrong_is_named() -> None:
    assert parse({"workers": "4", "service": "0.5", "kind": "async"}).service_time_s == 0.5
    with pytest.raises(UsageError, match="--workers '0': input should be greater than or equal to 1"):
        parse({"workers": "0"})
    with pytest.raises(UsageError, match="--service 'x'"):
        parse({"service": "x"})


def test_the_arithmetic_is_said_in_words() -> None:
    told = list(show.lines(check(DEF)))
    assert told[0] == "consistent"
    assert "  thread tokens: 16 × 40 thread tokens ÷ 1.00\u00a0s = 640/s; reported 640/s" in told
    assert json.loads(show.document(DEF, check(DEF)))["outcome"] == "consistent"
