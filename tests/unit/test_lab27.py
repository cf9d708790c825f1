"""Lab 27: what a restart does to requests, by the laws and by playing one request after the other."""

from collections import Counter

import pytest

from labs.engine.declare.quantities import start_up_s
from labs.engine.declare.service import Machine
from labs.engine.results.measurement import RestartTimes
from labs.engine.results.result import Run
from labs.lab27_restarts import played
from labs.lab27_restarts.lab import (
    FAR,
    LAB,
    MS,
    ROLLING,
    SEVERAL,
    STOP,
    TIMED,
    cut_off,
    in_flight,
    rate_per_s,
    stops_within_s,
    under_way,
)
from labs.lab27_restarts.played import START_S, WAYS, becomes, lives, requests, stop_s
from tests.unit.builders import measurement, run

ROWS = {variant.name: variant for variant in LAB.rows("auto", Machine(2))}
PLAIN, TIMED_WAY, TWO, ONE_BY_ONE = WAYS.values()
FINE_S = 0.001


def counted(way: played.Way) -> Counter[str]:
    """How many requests have each fate, as if they came at the lab's own rate."""
    found = Counter(one.fate for one in requests(way, FINE_S))
    return Counter({fate: round(count * FINE_S * rate_per_s(ROWS[STOP])) for fate, count in found.items()})


def test_the_laws_count_what_playing_each_request_counts() -> None:
    per_s = rate_per_s(ROWS[STOP])
    assert counted(PLAIN)["cut off"] == cut_off(ROWS[STOP]) == 0
    assert counted(PLAIN)["refused"] == pytest.approx(per_s * (stops_within_s(ROWS[STOP]) + START_S), abs=1)
    assert counted(TIMED_WAY)["cut off"] == pytest.approx(cut_off(ROWS[TIMED]), abs=1)
    assert counted(TIMED_WAY)["refused"] == pytest.approx(per_s * (stops_within_s(ROWS[TIMED]) + START_S), abs=1)
    assert counted(TWO)["reset"] == pytest.approx(in_flight(ROWS[SEVERAL]), abs=1)
    assert counted(TWO)["refused"] == pytest.approx(per_s * START_S, abs=1)
    assert set(counted(ONE_BY_ONE)) == {"served"}


def test_the_page_says_what_the_laws_say() -> None:
    assert (in_flight(ROWS[STOP]), in_flight(ROWS[ROLLING])) == (100, 100)
    assert cut_off(ROWS[TIMED]) == pytest.approx(45)
    assert under_way(ROWS[FAR]) == pytest.approx(32)


def test_a_request_that_has_arrived_is_cut_off_only_where_it_would_outlast_the_timeout() -> None:
    for place in range(1, 20):
        arrives_s = -place / 10
        one = becomes(arrives_s, TIMED_WAY)
        left_s = arrives_s + MS / 1000
        assert one.fate == ("served" if left_s <= stop_s(TIMED_WAY) else "cut off")
        assert becomes(arrives_s, PLAIN).fate == becomes(arrives_s, TWO).fate == "served"


def test_while_workers_are_replaced_one_by_one_two_of_them_always_serve() -> None:
    turns = [life for _, row in lives(ONE_BY_ONE) for life in row]
    for place in range(round(100 * played.TO_S)):
        serving = [life for life in turns if life.ready_s <= place / 100 < life.signal_s]
        assert len(serving) >= 2


def test_how_long_a_start_takes_is_unknown_until_the_restart_is_finished() -> None:
    def seen(times: RestartTimes | None) -> dict[str, Run]:
        return {STOP: run(measurement(restart=times), ROWS[STOP])}

    assert start_up_s(seen(RestartTimes(4.0, 2.1, 2.6)), STOP) == pytest.approx(0.5)
    for unfinished in (None, RestartTimes(4.0, None, None), RestartTimes(4.0, 2.1, None)):
        with pytest.raises(ValueError, match="restart"):
            start_up_s(seen(unfinished), STOP)
