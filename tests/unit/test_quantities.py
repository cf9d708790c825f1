"""Checks derive what they read; a number that is not there is said, not hidden."""

from dataclasses import replace

import pytest

from labs import catalog
from labs.engine.declare.claim import Check
from labs.engine.declare.quantities import (
    Quantity,
    configured,
    largest,
    measured,
    predicted,
    probe_time,
    response_time,
    server_cpu,
    share_of_prediction,
    smallest,
    throughput,
    told,
)
from labs.engine.declare.service import Machine
from labs.engine.judgement.guards import Guard
from labs.engine.judgement.post_comparison import PublishedRun
from labs.engine.judgement.scope import clock_limited
from labs.engine.judgement.verdict import judge
from labs.engine.theory.prediction import predict
from tests.unit.builders import VARIANT, lab, measurement, result, run

A, B = PublishedRun(10.0, 20.0), PublishedRun(5.0, None)
SEEN = {"a": A, "b": B}


def test_a_ratio_reads_both_rows_once() -> None:
    ratio = throughput("a") / throughput("b")
    assert ratio.reads == ("a", "b") and ratio.of(SEEN) == 2
    assert (ratio / throughput("a")).reads == ("a", "b")
    assert (throughput("a") - throughput("b")).of(SEEN) == 5 and (throughput("a") * 3).of(SEEN) == 30


def test_the_smallest_and_the_largest_read_all_they_choose_from() -> None:
    least, most = smallest(throughput("a"), throughput("b")), largest(throughput("a"), throughput("b"))
    assert (least.of(SEEN), most.of(SEEN)) == (5, 10) and least.reads == most.reads == ("a", "b")


def test_the_highest_percentile_and_the_cpu_spread_through_a_formula() -> None:
    ratio = response_time("a", 95) / response_time("b", 99) * server_cpu("a")
    assert ratio.percentile == 99 and ratio.uses_cpu
    assert not throughput("a").uses_cpu and (throughput("a") / 2).percentile is None
    by_a_number = response_time("a", 95) * 2 - 1
    assert (by_a_number.reads, by_a_number.percentile, by_a_number.uses_cpu) == (("a",), 95, False)
    most = largest(response_time("a", 90), response_time("b", 95), server_cpu("a"))
    assert most.percentile == 95 and most.uses_cpu


def test_a_published_row_was_not_measured_here_and_did_not_run() -> None:
    with pytest.raises(ValueError, match="a was not measured here"):
        measured(SEEN, "a")
    with pytest.raises(ValueError, match="a did not run here"):
        configured(SEEN, "a")
    with pytest.raises(ValueError, match="a was not measured here"):
        (response_time("a", 99) / throughput("b")).of(SEEN)


def test_what_a_run_did_not_report_is_named_with_its_row() -> None:
    seen = {"T = 40": run(measurement())}
    assert measured(seen, "T = 40").requests == 29_200 and configured(seen, "T = 40") == VARIANT
    with pytest.raises(ValueError, match="T = 40 had no probe"):
        probe_time("T = 40", 99).of(seen)
    with pytest.raises(ValueError, match="T = 40 reported no server metrics"):
        told(seen, "T = 40")


def test_a_row_that_was_not_predicted_makes_its_check_say_so() -> None:
    assert predicted("a").of(SEEN) == 20
    with pytest.raises(ValueError, match="b was not predicted"):
        predicted("b").of(SEEN)
    with pytest.raises(ValueError, match="b was not predicted"):
        share_of_prediction("b").of(SEEN)
    free = replace(VARIANT, endpoint=replace(VARIANT.endpoint, holds_token=0, waits=0))
    check = Check(says="share", quantity=throughput("T = 40") / predicted("T = 40"), at_least=0.9)
    verdict = judge(lab(checks=(check,)), result(run(measurement(), free)))
    assert (verdict.outcome, verdict.guards) == ("inconclusive", (Guard.NOT_COMPUTABLE,))
    assert "T = 40 was not predicted" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("quantity", "said", "expected"),
    [
        (throughput("T = 40"), None, True),
        (server_cpu("T = 40"), None, False),
        (server_cpu("T = 40"), True, True),
        (throughput("T = 40"), False, False),
    ],
)
def test_a_clock_decides_unless_the_cpu_is_read_or_the_lab_says_otherwise(
    quantity: Quantity, said: bool | None, expected: bool
) -> None:
    check = Check(says="any", quantity=quantity, clock_limited=said)
    assert clock_limited(check, result(run(measurement()))) == expected


def test_a_check_that_reads_a_row_which_the_cpu_limits_is_decided_by_the_cpu() -> None:
    computing = catalog.lab(8).rows("auto", Machine(2.0))[-1]
    kept = result(run(measurement()), run(measurement(), computing))
    both = throughput(computing.name) / throughput("T = 40")
    assert not clock_limited(Check(says="any", quantity=both), kept)
    assert clock_limited(Check(says="any", quantity=both, clock_limited=True), kept)
    assert clock_limited(Check(says="any", quantity=throughput("T = 40")), kept)


def test_a_check_that_reads_a_row_without_a_forecast_is_decided_by_the_cpu() -> None:
    baseline = replace(run(measurement()), prediction=predict(VARIANT, 2.0, is_baseline=True))
    assert not clock_limited(Check(says="any", quantity=throughput("T = 40")), result(baseline))
