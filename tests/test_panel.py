"""The panel: what a worker says of itself reaches the reader, also while its loop is blocked."""

import asyncio
import threading
import time
from pathlib import Path

import httpx
import pytest

from app.panel import Heartbeat
from labs import catalog
from labs.pages import figure_panel
from labs.runner import panel, panel_table, server
from labs.runner.model import Check, Endpoint, Load, Panel, Variant
from labs.runner.panel import Reading
from labs.runner.processes import watched
from labs.runner.verdict import judge
from tests import builders

SLEEP = Endpoint("/sync_endpoint_sync_processing", "waiting", waits=1, holds_token=1)
WATCHED = Variant("watched", SLEEP, 10, 1, Load(1), thread_tokens=1)
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


def test_the_panel_is_read_while_the_loop_is_blocked_and_while_the_tokens_are_gone(tmp_path: Path, port: int) -> None:
    with watched() as dog, server.running(dog, WATCHED, tmp_path / "server.log", port, None) as app:
        (pid,) = app.started_workers()
        file = app.counters / f"gauge_liveall_{pid}.db"

        def seen(gauge: str, least: float) -> bool:
            """Whether the gauge reaches `least` before anybody was answered."""
            while any(thread.is_alive() for thread in asking):
                if panel.gauges(file).get(gauge, 0.0) >= least:
                    return True
                time.sleep(0.05)
            return False

        def ask(path: str, times: int) -> list[threading.Thread]:
            url = f"http://127.0.0.1:{port}{path}"
            threads = [threading.Thread(target=httpx.get, args=(url,), kwargs={"timeout": 30}) for _ in range(times)]
            for thread in threads:
                thread.start()
            return threads

        asking = ask("/async_endpoint_mix_processing?ms=2000", 1)
        assert seen("loop_lag_seconds", 0.5)
        for thread in asking:
            thread.join()
        asking = ask("/sync_endpoint_sync_processing?ms=1500", 3)
        assert seen("tokens_waiting", 2) and panel.gauges(file)["tokens_in_use"] == 1
        for thread in asking:
            thread.join()


def test_a_service_without_a_panel_has_none(tmp_path: Path) -> None:
    reader = panel.PanelReader(tmp_path, lambda: [1, 2])
    with reader:
        time.sleep(0.01)
    assert panel.gauges(tmp_path / "gauge_liveall_1.db") == {} and panel.inside(reader.readings, (0, 1e12)) is None


def test_only_readings_inside_the_window_count_and_workers_stand_side_by_side() -> None:
    readings = [Reading(at, worker, {"lag": at + worker}) for at in (1.0, 2.0, 3.0) for worker in (1, 2)]
    found = panel.inside(readings, (1.5, 3.5))
    assert found == Panel({"lag": ((3.0, 4.0), (4.0, 5.0))})
    assert (found.typical("lag"), found.typical_sum("lag"), found.highest("lag")) == (4.5, 8.0, 5.0)


def told(**gauges: float) -> Panel:
    return Panel({name: ((value, value),) * 3 for name, value in (QUIET | gauges).items()})


def checks(**panels: Panel | None) -> dict[str, bool]:
    """Which of lab 11's checks on the panel pass, with these panels in place of the right ones."""
    names = {"healthy": "healthy", "blocked": "loop blocked", "tokens": "tokens gone", "pool": "pool gone"}
    right = {
        "healthy": told(),
        "blocked": told(loop_lag_seconds=0.8),
        "tokens": told(tokens_waiting=30),
        "pool": told(pool_waiting=30),
    }
    runs = [
        builders.run(
            builders.measurement(vus_reached=80, panel=one),
            Variant(names[key], SLEEP, 400, 2, Load(80), judged=False),
        )
        for key, one in (right | panels).items()
    ]
    lab = catalog.lab(11)
    chosen = builders.lab(checks=tuple(check for check in lab.checks if reads_panel(check)))
    return {outcome.says: outcome.passed for outcome in judge(chosen, builders.result(*runs)).checks}


def reads_panel(check: Check) -> bool:
    return "loop lag" in check.says or "waiting" in check.says


def test_each_failure_is_told_by_its_own_gauge() -> None:
    assert set(checks().values()) == {True} and len(checks()) == 5


@pytest.mark.parametrize(
    ("wrong", "missed"),
    [
        ({"blocked": told()}, "loop lag"),
        ({"healthy": told(loop_lag_seconds=0.7)}, "loop lag"),
        ({"tokens": told()}, "for a token"),
        ({"pool": told(tokens_waiting=30)}, "for a connection"),
        ({"blocked": told(loop_lag_seconds=0.8, pool_waiting=30)}, "for a connection"),
    ],
)
def test_a_gauge_that_tells_something_else_fails_its_check(wrong: dict[str, Panel], missed: str) -> None:
    assert not all(passed for says, passed in checks(**wrong).items() if missed in says)


def test_without_the_panel_the_checks_cannot_be_computed() -> None:
    assert checks(healthy=None, blocked=None, tokens=None, pool=None) == {}


def test_the_table_shows_the_busiest_worker_and_nothing_of_a_service_without_a_panel() -> None:
    everything = dict.fromkeys(
        ("tokens_in_use", "tokens_waiting", "pool_in_use", "pool_waiting", "in_flight", "p99_seconds", "rss_bytes"), 0.0
    )
    seen = {name: ((value, value),) for name, value in everything.items()}
    seen |= {"loop_lag_seconds": ((0.001, 0.5), (0.001, 0.7), (0.001, 0.6)), "fds": ((40.0, 41.0), (40.0, 44.0))}
    watched_run = builders.run(builders.measurement(panel=Panel(seen)))
    (row,) = panel_table.rows(builders.result(watched_run))
    assert dict(zip(panel_table.HEADINGS, row.cells, strict=True))["loop lag"] == "600\u00a0ms"
    assert "descriptors from 41 to 44" in figure_panel.description(builders.result(watched_run))
    without = builders.result(builders.run(builders.measurement()))
    assert panel_table.terminal(without) is None and not figure_panel.has_gauges(without)
