"""Lab 26: which requests meet a closed connection, by the law and by following each message."""

import random
from math import sqrt

import pytest

from labs.engine.declare.service import Machine
from labs.engine.theory.keep_alive import lost_after, lost_requests, share_after_random
from labs.lab26_keep_alive.lab import LAB, LONGER, READ, REPEATABLE, STEADY_PACE, predicted_share


def followed(pauses: list[float], keep_alive_s: float, one_way_s: float) -> int:
    """How many of a user's requests are lost, by the clock: when each message leaves, and when it arrives."""
    lost, open_since_s = 0, None  # when the service's last response on the open connection left it
    now_s = 0.0
    for pause_s in pauses:
        now_s += pause_s
        closed_s = None if open_since_s is None else open_since_s + keep_alive_s
        if closed_s is not None and now_s >= closed_s + one_way_s:
            closed_s = None  # the client knows, and connects again
        if closed_s is not None and now_s + one_way_s > closed_s:
            lost += 1
            open_since_s, now_s = None, closed_s + one_way_s
        else:
            open_since_s, now_s = now_s + one_way_s, now_s + 2 * one_way_s
    return lost


@pytest.mark.parametrize("one_way_s", [0.02, 0.08, 0.3])
def test_the_law_counts_what_following_each_message_counts(one_way_s: float) -> None:
    rng, users, each = random.Random(26), 500, 40
    lost = sum(followed([rng.expovariate(1.0) for _ in range(each)], 1.0, one_way_s) for _ in range(users))
    expected = lost_requests(share_after_random(1.0, 1.0, 2 * one_way_s), users * each, users)
    assert abs(lost - expected) < 4 * sqrt(expected)


def test_a_constant_pause_in_the_last_round_trip_loses_every_second_request() -> None:
    assert followed([0.92] * 41, 1.0, 0.08) == 20
    assert lost_requests(1.0, 41, 1) == pytest.approx(20.25)  # 20 or 20.5, by where the run ends
    assert followed([0.8] * 41, 1.0, 0.08) == followed([1.04] * 41, 1.0, 0.08) == 0


def test_only_the_last_round_trip_before_the_timeout_is_dangerous() -> None:
    assert [lost_after(pause_s, 1.0, 0.16) for pause_s in (0.83, 0.85, 0.99, 1.01)] == [False, True, True, False]


def test_the_rows_that_lose_nothing_are_predicted_to_lose_nothing() -> None:
    rows = {variant.name: variant for variant in LAB.rows("auto", Machine(2))}
    assert predicted_share(rows[READ]) == predicted_share(rows[REPEATABLE]) == 0
    assert predicted_share(rows[LONGER]) < 1e-20
    assert predicted_share(rows[STEADY_PACE]) == 0.5
