"""Server metrics: what a worker reports of itself, and which fault each gauge tells."""

import asyncio
import time
from pathlib import Path

import pytest

from app.panel import Heartbeat
from labs import catalog
from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.service import Load, Variant
from labs.engine.harness.gauges import GaugeReader, Reading, gauges
from labs.engine.judgement.verdict import judge
from labs.engine.results.measure import metrics_inside
from labs.engine.results.measurement import ServerMetrics
from labs.engine.show import server_metrics
from labs.pages import figure_server_metrics
from tests.unit import builders

QUIET = {"loop_lag_seconds": 0.002, "tokens_waiting": 0.0, "pool_waiting": 0.0}


def test_a_heartbeat_tells_how_long_the_loop_was_blocked() -> None:
    async def block() -> tuple[float, float]:
        heart = Heartbeat(asyncio.get_running_loop())
        await asyncio.sleep(0.12)
        calm_s = heart.lag_s()
        time.sleep(0.4)
        blocked_s = heart.lag_s()
        heart.timer.cancel()
        return calm_s, blocked_s

    calm_s, blocked_s = asyncio.run(block())
    assert blocked_s > 0.3 and calm_s < blocked_s


def test_a_service_without_gauges_has_none(tmp_path: Path) -> None:
    reader = GaugeReader(tmp_path, lambda: [1, 2])
    with reader:
        time.sleep(0.01)
    assert gauges(tmp_path, 1) == {} and metrics_inside(reader.readings, (0, 1e12)) is None


def test_only_readings_inside_the_window_count_and_workers_stand_side_by_side() -> None:
    readings = [Reading(at, worker, {"lag": at + worker}) for at in (1.0, 2.0, 3.0) for worker in (1, 2)]
    found = metrics_inside(readings, (1.5, 3.5))
    assert found == ServerMetrics({"lag": ((3.0, 4.0), (4.0, 5.0))})
    assert (found.typical("lag"), found.typical_sum("lag"), found.highest("lag")) == (4.5, 8.0, 5.0)


def test_a_worker_that_is_starting_does_not_take_a_gauge_from_the_others() -> None:
    old = [Reading(at, 1, {"fds": 1.0, "lag": at}) for at in (1.0, 2.0)]
    new = [Reading(2.0, 2, {"fds": 1.0}), Reading(3.0, 2, {"fds": 1.0, "lag": 3.0})]
    found = metrics_inside([*old, *new], (0.0, 4.0))
    assert found is not None and found.gauges["lag"] == ((1.0,), (2.0,), (3.0,))
    with pytest.raises(KeyError, match="no gauge 'lags' among"):
        found.typical("lags")
    without = metrics_inside([*old, new[0]], (0.0, 4.0))
    assert without is not None and set(without.gauges) == {"fds"}


def reported(**values: float) -> ServerMetrics:
    return ServerMetrics({name: ((value, value),) * 3 for name, value in (QUIET | values).items()})


def checks(**reports: ServerMetrics | None) -> dict[str, bool]:
    """Which of lab 11's checks on server metrics pass, with these reports in place of the right ones."""
    names = {"healthy": "healthy", "blocked": "loop blocked", "tokens": "tokens exhausted", "pool": "pool exhausted"}
    right = {
        "healthy": reported(),
        "blocked": reported(loop_lag_seconds=0.8),
        "tokens": reported(tokens_waiting=30),
        "pool": reported(pool_waiting=30),
    }
    runs = [
        builders.run(
            builders.measurement(vus_reached=80, server_metrics=one),
            Variant(name=names[key], endpoint=SYNC_SLEEP, ms=400, workers=2, load=Load(vus=80), judged=False),
        )
        for key, one in (right | reports).items()
    ]
    lab = catalog.lab(11)
    chosen = builders.lab(checks=tuple(check for check in lab.checks if reads_gauges(check)))
    return {outcome.says: outcome.passed for outcome in judge(chosen, builders.result(*runs)).checks}


def reads_gauges(check: Check) -> bool:
    return "loop lag" in check.says or "waiting" in check.says


def test_each_failure_is_told_by_its_own_gauge() -> None:
    assert set(checks().values()) == {True} and len(checks()) == 5


@pytest.mark.parametrize(
    ("wrong", "missed"),
    [
        ({"blocked": reported()}, "loop lag"),
        ({"healthy": reported(loop_lag_seconds=0.7)}, "loop lag"),
        ({"tokens": reported()}, "for a token"),
        ({"pool": reported(tokens_waiting=30)}, "for a connection"),
        ({"blocked": reported(loop_lag_seconds=0.8, pool_waiting=30)}, "for a connection"),
    ],
)
def test_a_gauge_that_tells_something_else_fails_its_check(wrong: dict[str, ServerMetrics], missed: str) -> None:
    assert not all(passed for says, passed in checks(**wrong).items() if missed in says)


def test_without_server_metrics_the_checks_cannot_be_computed() -> None:
    assert checks(healthy=None, blocked=None, tokens=None, pool=None) == {}


def test_the_table_shows_the_busiest_worker_and_nothing_of_a_service_without_metrics() -> None:
    everything = dict.fromkeys(
        ("tokens_in_use", "tokens_waiting", "pool_in_use", "pool_waiting", "in_flight", "p99_seconds", "rss_bytes"), 0.0
    )
    seen = {name: ((value, value),) for name, value in everything.items()}
    seen |= {"loop_lag_seconds": ((0.001, 0.5), (0.001, 0.7), (0.001, 0.6)), "fds": ((40.0, 41.0), (40.0, 44.0))}
    measured = builders.run(builders.measurement(server_metrics=ServerMetrics(seen)))
    (row,) = server_metrics.rows(builders.result(measured))
    assert dict(zip(server_metrics.HEADINGS, row.cells, strict=True))["loop lag"] == "600\u00a0ms"
    assert "open descriptors 44 (T = 40)" in figure_server_metrics.description(builders.result(measured))
    without = builders.result(builders.run(builders.measurement()))
    assert server_metrics.terminal(without, 80) is None and not figure_server_metrics.has_gauges(without)
