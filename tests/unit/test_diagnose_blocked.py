"""A loop that is blocked for a known share of the time: what is named, what a change brings, what limits next."""

import pytest

from labs.diagnose import headroom, readings, report, terminal, words
from labs.diagnose.attribute import attribute
from labs.diagnose.ceilings import ceilings
from labs.diagnose.change import Change, change
from labs.diagnose.evidence import Evidence
from labs.diagnose.finding import LOOP, MACHINE, WORKER_CORE, Answer
from labs.diagnose.readings import Reading
from tests.unit.diagnose_builders import at_plateau, resource

POOL = resource("connection pool", 4, 4, 28)


def pool_of_four(per_s: float, busy: float | None, s: float = 0.45, **more: object) -> Evidence:
    known = dict(loop_busy=busy, loop_lag_s=0.155, worker_cores=0.02, server_cores=0.02, resources=(POOL,))
    return at_plateau(per_s, s, **known | more)


def advised(e: Evidence) -> Change:
    found = change(e, attribute(e))
    assert found is not None
    return found


def test_a_pool_before_a_loop_that_rests_is_the_limit_and_the_loop_caps_what_more_of_it_brings() -> None:
    e = pool_of_four(7.5, 0.375)
    found = attribute(e)
    assert (found.answer, found.limits[0].kind) == (Answer.LIMIT, "connection pool")
    (loop,) = (one for one in ceilings(e, found) if one.name == LOOP)
    assert loop.per_s == pytest.approx(20) and "50\u00a0ms" in loop.formula
    advice = advised(e)
    assert advice.then is not None and advice.then.startswith("event loop: the next limit, at 20/s")
    assert not advice.clock_limited and advice.predicted_per_s == pytest.approx(15)
    # 8 ÷ (533 ms that one is held now + 4 more × 50 ms)
    assert advice.low_per_s == pytest.approx(8 / (4 / 7.5 + 4 * 0.05))
    assert "if all of them wait for the event loop" in "".join(words.changed(advice))


def test_a_change_never_brings_more_than_the_loop_allows() -> None:
    advice = advised(pool_of_four(13.2, 0.59))
    assert advice.predicted_per_s == pytest.approx(13.2 / 0.59) and advice.predicted_per_s < 2 * 13.2


def test_a_pool_beside_a_loop_that_is_mostly_blocked_is_between_the_two() -> None:
    found = attribute(e := pool_of_four(13.2, 0.66))
    assert found.answer == Answer.BETWEEN
    assert [one.kind for one in found.limits] == ["connection pool", LOOP]
    assert found.limits[1].held_s == pytest.approx(0.05)
    assert (advised(e).first or "").startswith("find the call that blocks") and report.lab(found) == 5


def test_a_loop_that_is_blocked_all_the_time_limits_although_a_pool_is_exhausted() -> None:
    found = attribute(pool_of_four(20, 0.97))
    assert (found.answer, found.limits[0].kind) == (Answer.LIMIT, LOOP)
    assert found.limits[0].held_s == pytest.approx(0.97 / 20)
    assert any("its holders probably wait for the loop" in one for one in found.because)


def test_holders_who_wait_longer_than_a_request_alone_wait_for_the_blocked_loop_and_not_for_other_programs() -> None:
    found = attribute(pool_of_four(5, 0.5, idle_cores=1.6))  # one is held for 800 ms
    assert found.answer == Answer.BETWEEN and [one.kind for one in found.limits] == ["connection pool", LOOP]
    assert not any("other programs" in one for one in found.because)
    assert any("probably wait for the event loop" in one for one in found.because)


def test_a_loop_that_computes_for_most_of_its_time_is_no_blocked_one() -> None:
    """Order stays: a full core first, and a core that is near it beside the pool."""
    full = pool_of_four(900, 0.98, 0.005, worker_cores=0.95, server_cores=0.95)
    assert [one.kind for one in attribute(full).limits] == [WORKER_CORE]
    near = pool_of_four(900, 0.9, 0.005, worker_cores=0.78, server_cores=0.78, loop_lag_s=0.002)
    assert [one.kind for one in attribute(near).limits] == ["connection pool", WORKER_CORE]


def test_where_it_is_not_known_nothing_is_said_of_it() -> None:
    e = pool_of_four(8.8, None, loop_lag_s=0.001)
    assert attribute(e).limits[0].kind == "connection pool"
    assert LOOP not in [one.name for one in ceilings(e, attribute(e))]
    assert advised(e).clock_limited and advised(e).predicted_per_s == pytest.approx(17.6)
    assert "loop\nbusy" not in [column.header for column in terminal.table(e).columns]
    assert "loop\nbusy" in [column.header for column in terminal.table(known_alone(e)).columns]


def known_alone(e: Evidence) -> Evidence:
    return e.model_copy(update={"steps": (e.alone.model_copy(update={"loop_busy": 0.1}), *e.steps[1:])})


def test_a_connection_that_is_held_for_the_whole_response_is_given_back_earlier_first() -> None:
    assert (advised(pool_of_four(8.8, 0.08)).first or "").startswith("hold the connection for less")
    assert advised(pool_of_four(39, 0.08)).says.startswith("a pool of 8 instead of 4")


@pytest.mark.parametrize("busy", [{"idle_cores": 0.5}, {"other_cores": 0.6}], ids=["before", "meanwhile"])
def test_what_the_machine_allows_is_not_said_where_other_programs_had_a_part_of_it(busy: dict[str, float]) -> None:
    e = pool_of_four(8.8, 0.08)
    assert MACHINE in [one.name for one in ceilings(e, attribute(e))]
    e = pool_of_four(8.8, 0.08, **busy)
    assert MACHINE not in [one.name for one in ceilings(e, attribute(e))]


def test_a_rate_beyond_what_the_loop_allows_is_not_kept_by_more_places() -> None:
    e = pool_of_four(7.5, 0.375)
    found = headroom.headroom(e, attribute(e), 25.0, 1.0)
    assert not found.keeps and found.p95_s is None and found.places is None
    assert found.workers is not None and found.workers > 1
    stopped = e.model_copy(update={"steady": e.judged.model_copy(update={"throughput_per_s": 0.0})})
    assert LOOP not in [one.name for one in headroom.stations(stopped, attribute(e))]


def test_of_each_process_the_mean_share_counts_and_a_process_that_says_nothing_makes_it_unknown() -> None:
    def told(pid: int, share: float | None) -> Reading:
        one = {"kind": "event loop", "made_in": "", "size": 1, "in_use": share, "waiting": 0}
        return Reading(1.0, pid, {"resources": [one]})

    found = [told(1, 0.2), told(1, 0.4), told(1, None), told(2, 0.5)]
    assert readings.loop_busy(found) == pytest.approx(0.4)
    assert readings.loop_busy([*found, told(3, None)]) is None and readings.loop_busy([]) is None
    assert readings.loop_busy([told(1, 1.06)]) == 1.0
    assert readings.resources(found) == ()
