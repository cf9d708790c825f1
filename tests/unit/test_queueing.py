"""The formulas, held against the post's own figures and against each other."""

from dataclasses import replace
from math import inf

import pytest

from labs import post
from labs.engine.declare.endpoints import ASYNC_SLEEP, COMPUTE_INLINE, SYNC_SELECT
from labs.engine.declare.service import Endpoint, Load, Pool, Variant
from labs.engine.formatting import limited_by
from labs.engine.theory import queueing
from labs.engine.theory.prediction import CpuCosts, ceilings, predict
from tests.unit.builders import VARIANT


def test_sixteen_workers_of_forty_tokens_complete_640_one_second_sleeps_a_second() -> None:
    assert queueing.thread_tokens(16, 40, 1.0) == 640


def test_the_posts_two_sync_rows_are_both_640_over_the_steady_phase() -> None:
    for row in (post.SYNC_SLEEP_16, post.ANYIO_RUN_16):
        steady = queueing.steady_from_summary(row.requests, row.vus, row.ramp_s, row.steady_s, row.service_time_s)
        assert steady == pytest.approx(640.0)


def test_a_worker_with_fewer_connections_than_tokens_cannot_use_them_all() -> None:
    assert queueing.thread_tokens_spread([100, 10], tokens=40, held_s=0.5) == (40 + 10) / 0.5


def test_a_blocked_loop_serves_one_request_at_a_time() -> None:
    assert queueing.event_loop(workers=1, blocking_s=0.5) == 2


def test_a_resource_that_is_not_held_sets_no_ceiling() -> None:
    assert queueing.thread_tokens(1, 40, 0) == queueing.event_loop(1, 0) == queueing.pool(1, 5, 0) == inf


def test_littles_law_closes() -> None:
    throughput = queueing.users(100, 0.5, 1.5)
    assert queueing.response_time(100, throughput, 1.5) == pytest.approx(0.5)


def test_the_lowest_ceiling_is_the_prediction_and_names_the_resource() -> None:
    prediction = predict(VARIANT, cores=2)
    assert (prediction.throughput_per_s, prediction.limited_by.only, prediction.wave_s) == (640, "thread tokens", 1.0)


def test_response_time_is_not_predicted_where_the_steady_phase_is_too_short_for_it() -> None:
    assert predict(VARIANT, cores=2).response_time_s is None
    longer = replace(VARIANT, load=replace(VARIANT.load, steady_s=60))
    assert predict(longer, cores=2).response_time_s == pytest.approx(10_000 / 640)


def test_two_ceilings_nearer_than_twice_are_a_knee() -> None:
    few = replace(VARIANT, load=replace(VARIANT.load, vus=700))
    prediction = predict(few, cores=2)
    assert prediction.limited_by.on_knee and prediction.limited_by.only is None
    assert prediction.limited_by.resources == ("thread tokens", "virtual users")
    assert limited_by(prediction.limited_by) == "between thread tokens and virtual users"


def test_fewer_users_than_tokens_are_their_own_ceiling() -> None:
    prediction = predict(replace(VARIANT, load=replace(VARIANT.load, vus=64)), cores=2)
    assert (prediction.throughput_per_s, prediction.limited_by.only) == (64, "virtual users")


def test_cpu_ceilings_appear_only_once_the_costs_are_known() -> None:
    sleeper = replace(VARIANT, endpoint=ASYNC_SLEEP)
    assert {c.resource for c in ceilings(sleeper, 2)} == {"virtual users"}
    known = ceilings(sleeper, 2, CpuCosts(0.0005, 0.0003))
    assert {c.resource: c.throughput_per_s for c in known} == {
        "virtual users": 10_000,
        "a core per worker": 16 / 0.0005,
        "shared cores": 2 / 0.0008,
    }


def test_a_baseline_forecasts_nothing() -> None:
    prediction = predict(VARIANT, 2, is_baseline=True)
    assert prediction.throughput_per_s is None and not prediction.clock_limited


def test_a_def_select_is_limited_by_tokens_and_by_the_pool_whichever_is_fewer() -> None:
    few = Variant(name="P = 10", endpoint=SYNC_SELECT, ms=100, workers=1, load=Load(vus=1000), pool=Pool(size=10))
    assert predict(few, 2).throughput_per_s == 10 / 0.1
    assert predict(replace(few, pool=Pool(size=400)), 2).throughput_per_s == 40 / 0.1


# --- the app's own slots ----------------------------------------------------------------------


def test_slots_of_the_apps_own_limit_like_tokens() -> None:
    limited = Endpoint(path="/legacy_limited", module="legacy", waits=1, holds_slot=1)
    with pytest.raises(ValueError, match="slots="):
        replace(VARIANT, endpoint=limited)
    prediction = predict(replace(VARIANT, endpoint=limited, workers=2, ms=250, slots=10), cores=2)
    assert (prediction.throughput_per_s, prediction.limited_by.only) == (2 * 10 / 0.25, "the app's own slots")
    assert prediction.clock_limited


def test_processes_compute_beside_the_workers_lock_and_share_the_cores() -> None:
    pooled = Endpoint(path="/cpu_process", module="computing", waits=1, holds_slot=1, computes_in_slot=1)
    variant = Variant(name="pool", endpoint=pooled, ms=50, workers=1, load=Load(vus=1_000), slots=8)
    found = {c.resource: c.throughput_per_s for c in ceilings(variant, cores=2)}
    assert found["the app's own slots"] == pytest.approx(8 / 0.05)
    assert found["shared cores"] == pytest.approx(2 / 0.05)
    assert "a core per worker" not in found
    assert not predict(variant, cores=2).clock_limited


def test_what_a_variant_computes_comes_on_top_of_what_every_request_costs() -> None:
    computing = Variant(name="20 ms", endpoint=COMPUTE_INLINE, ms=20, workers=4, load=Load(vus=1000))
    bounds = {c.resource: c.throughput_per_s for c in ceilings(computing, 2)}
    assert bounds["a core per worker"] == 4 / 0.020 and bounds["shared cores"] == 2 / 0.020
    known = {c.resource: c.throughput_per_s for c in ceilings(computing, 2, CpuCosts(0.0005, 0.0003))}
    assert known["a core per worker"] == pytest.approx(4 / 0.0205)
    assert known["shared cores"] == pytest.approx(2 / 0.0208)


def test_a_generator_held_to_one_core_asks_no_more_than_that_core_allows() -> None:
    costs = CpuCosts(0.0001, 0.0002)
    awaiting = replace(VARIANT, endpoint=Endpoint(path="/", module="bare", waits=0), generator_cores=1)
    assert predict(awaiting, 16, costs).limited_by.only == "the load generator"
    assert predict(awaiting, 16, costs).throughput_per_s == pytest.approx(5_000)
    free = ceilings(replace(awaiting, generator_cores=None), 16, costs)
    assert "the load generator" not in {ceiling.resource for ceiling in free}


def test_a_delay_on_the_way_holds_the_user_and_nothing_of_the_service() -> None:
    delayed = replace(VARIANT, endpoint=Endpoint(path="/", module="waiting", waits=0), load=Load(vus=1), delay_s=0.04)
    assert [ceiling.throughput_per_s for ceiling in ceilings(delayed, 2)] == [25]
