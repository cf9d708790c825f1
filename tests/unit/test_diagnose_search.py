"""When the search goes on, and what its readings come to."""

import json
from pathlib import Path
from typing import Any

import pytest

from labs.diagnose import reader, readings
from labs.diagnose.attribute import grows
from labs.diagnose.readings import CpuTime, Reading
from labs.diagnose.search import computing, next_users, overload_users, stop_reason
from tests.unit.diagnose_builders import resource, step


def test_users_quadruple_while_nobody_waits_and_double_then() -> None:
    alone = step(1, 10)
    assert next_users([alone]) == 4
    assert next_users([alone, step(4, 40)]) == 16
    assert next_users([alone, step(4, 40), step(16, 100)]) == 32
    assert next_users([alone, step(4, 40, worker_cores=0.6)]) == 8


def test_where_nobody_says_how_many_workers_there_are_those_that_compute_are_counted() -> None:
    stood = step(128, 0, server_cores=0.01, worker_cores=0.01)
    assert computing([step(64, 400, server_cores=3.83, worker_cores=0.95), stood]) == 4
    assert computing([stood]) == 1
    assert computing([step(64, 400, server_cores=None, worker_cores=None)]) == 1


@pytest.mark.parametrize(
    ("before", "last", "reason"),
    [
        (step(16, 160), step(64, 400), None),
        (step(64, 400), step(128, 404), "plateau"),
        (step(16, 160), step(64, 200), "plateau"),
        (step(64, 400), step(128, 500), None),
        (step(64, 400), step(128, 5), "standstill"),
        (step(64, 400), step(128, 700, failed_share=0.2), "errors"),
        (step(64, 400), step(128, 700, server_cores=3.0, generator_cores=0.9), "machine"),
        (step(64, 400), step(128, 700, other_cores=3.9), None),
        (step(128, 400), step(256, 700), "most users"),
    ],
)
def test_the_search_ends_for_one_reason(before: Any, last: Any, reason: str | None) -> None:
    assert stop_reason([step(1, 10), before, last], cores=4, idle_cores=3.9, most_users=256) == reason


def test_throughput_grows_in_proportion_to_the_users_that_were_added() -> None:
    assert grows(step(64, 400), step(128, 470)) and not grows(step(64, 400), step(128, 450))
    assert grows(step(16, 160), step(64, 320)) and not grows(step(16, 160), step(64, 200))


def told(at_s: float, pid: int, *resources: dict[str, Any], lag_s: float | None = 0.001) -> Reading:
    return Reading(at_s, pid, {"loop_lag_s": lag_s, "cost_s": at_s / 1000, "resources": resources, "unknown": {}})


def pool(size: Any, in_use: Any, waiting: Any, made_in: str = "main in shop") -> dict[str, Any]:
    return {"kind": "connection pool", "made_in": made_in, "size": size, "in_use": in_use, "waiting": waiting}


def test_the_processes_of_one_maker_are_added_up_by_their_medians() -> None:
    found = readings.resources(
        [told(1, 7, pool(5, 5, 10)), told(2, 7, pool(5, 5, 20)), told(3, 7, pool(5, 4, 0)), told(1, 8, pool(5, 5, 2))]
    )
    (one,) = found
    assert (one.processes, one.size, one.in_use, one.waiting) == (2, 10, 10, 12)
    assert one.full_share == pytest.approx((2 / 3 + 1) / 2)
    assert one.over_time == ((0, 10, 12), (1, 10, 22), (2, 9, 2))


def test_of_several_that_one_maker_made_the_one_that_is_waited_for_stands_for_them() -> None:
    (one,) = readings.resources([told(1, 7, pool(1, 0, 0), pool(1, 1, 3), pool(1, 1, 0))])
    assert (one.size, one.in_use, one.waiting) == (1, 1, 3)


def test_what_one_process_cannot_tell_is_unknown_and_never_none_in_use() -> None:
    (one,) = readings.resources([told(1, 7, pool(5, 5, 3)), told(2, 7, pool(5, None, 3))])
    assert (one.size, one.in_use, one.waiting, one.full_share) == (5, None, 3, None) and not one.exhausted


def test_requests_are_no_resource_but_in_flight() -> None:
    requests = {"kind": "requests", "made_in": "", "size": None, "in_use": 12, "waiting": 0}
    assert readings.resources([told(1, 7, requests)]) == ()
    assert readings.in_flight([told(1, 7, requests), told(1, 8, requests)]) == 24


def test_the_lag_is_the_median_of_each_loop_and_what_it_costs_is_added_up() -> None:
    found = [told(1, 7, lag_s=0.01), told(2, 7, lag_s=0.03), told(3, 7, lag_s=0.02), told(1, 8, lag_s=None)]
    assert readings.loop_lag_s(found) == pytest.approx(0.02)
    assert readings.metrics_cost_cores(found) == pytest.approx(0.001)
    assert readings.loop_lag_s([]) is None


def test_the_cpu_of_a_worker_is_that_of_processes_with_a_loop() -> None:
    cpu = [CpuTime(at, pid, at * rate) for at in (1.0, 2.0, 3.0) for pid, rate in ((1, 0.01), (7, 0.9), (8, 0.7))]
    by_process = readings.cores_by_process(cpu, (0.5, 3.5))
    assert by_process == pytest.approx({1: 0.01, 7: 0.9, 8: 0.7})
    assert readings.worker_cores(by_process, {7, 8}) == pytest.approx(0.8)
    assert readings.worker_cores(by_process, ()) == pytest.approx(0.8)
    assert readings.worker_cores({}, ()) is None


def test_a_file_that_is_not_whole_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "7.json").write_text('{"at_s": 1.0, "resou')
    (tmp_path / "8.json").write_text(json.dumps({"at_s": 2.0, "resources": []}))
    assert [one.pid for one in reader.read(tmp_path)] == [8]


def test_a_thread_pool_whose_queue_is_not_empty_is_in_use_to_the_last_thread() -> None:
    said = {"kind": "thread pool executor", "made_in": "main in shop", "size": 3, "in_use": 1, "waiting": 11}
    (one,) = readings.resources([told(1, 7, said), told(2, 7, said)])
    assert one.in_use == 3 and one.exhausted
    (one,) = readings.resources([told(1, 7, said | {"waiting": 0})])
    assert one.in_use == 1


def test_a_process_that_runs_a_loop_and_serves_nothing_is_no_worker() -> None:
    requests = {"kind": "requests", "made_in": "", "size": None, "in_use": 1, "waiting": 0}
    assert readings.serving([told(1, 7, requests), told(1, 8)]) == {7}
    assert readings.serving([told(1, 7), told(1, 8)]) == {7, 8}
    assert [one.pid for one in readings.of_workers([told(1, 7, requests), told(1, 8)])] == [7]


def test_overload_fills_what_those_hold_who_wait_and_is_left_out_where_they_hold_nothing() -> None:
    pool_ = resource("connection pool", 5, 5, 11)
    one, few = resource("thread tokens", 40, 1, 0), resource("thread tokens", 40, 16, 0)
    alone, last = step(1, 20, resources=(one,)), step(16, 100, resources=(pool_, few))
    assert overload_users([alone, last], 2048) == 90
    assert overload_users([alone, last], 64) == 64
    assert overload_users([alone, step(16, 100, resources=(pool_,))], 2048) is None
    assert overload_users([alone, step(16, 5, resources=(pool_, few))], 2048) is None  # it would take too long
    assert overload_users([alone, step(16, 100, resources=(few,))], 2048) is None
