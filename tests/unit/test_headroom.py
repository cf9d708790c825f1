"""Random arrivals: the formulas against known values, against each other, and against a simulated queue."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.engine.theory.headroom import erlang_b, erlang_c, mean_wait, servers_for

servers = st.integers(1, 60)
used = st.floats(0.05, 0.98)


@pytest.mark.parametrize(
    ("count", "offered", "waits"),
    [(5, 4.8, 0.902), (8, 4.8, 0.140), (40, 32, 0.121), (40, 35, 0.315), (40, 38, 0.664), (1, 0.7, 0.7)],
)
def test_known_values(count: int, offered: float, waits: float) -> None:
    assert erlang_c(count, offered) == pytest.approx(waits, abs=5e-4)


def test_erlang_b_is_the_textbooks_sum() -> None:
    terms = [4.8**k / math.factorial(k) for k in range(9)]
    assert erlang_b(8, 4.8) == pytest.approx(terms[8] / sum(terms))


@given(servers, used)
def test_one_more_server_never_makes_more_wait_and_more_load_never_fewer(count: int, share: float) -> None:
    offered = share * count
    assert 0 <= erlang_c(count + 1, offered) <= erlang_c(count, offered) <= 1
    assert erlang_c(count, offered * 0.99) <= erlang_c(count, offered) + 1e-12


@given(used, st.floats(0.001, 10))
def test_one_server_waits_as_long_as_its_own_laws_say(share: float, service_s: float) -> None:
    """M/M/1 and, with constant service, half of that (Pollaczek and Khinchine)."""
    rate = share / service_s
    exact = share / (1 - share) * service_s
    assert mean_wait(1, rate, service_s) == pytest.approx(exact)
    assert mean_wait(1, rate, service_s, service_cv2=0) == pytest.approx(exact / 2)


@given(servers)
def test_at_the_ceiling_everybody_waits_for_ever(count: int) -> None:
    assert erlang_c(count, count) == 1 and mean_wait(count, count / 0.5, 0.5) == math.inf


@given(used.map(lambda share: share * 30), st.floats(0.001, 1))
def test_so_many_servers_do_and_one_fewer_does_not(offered: float, share: float) -> None:
    enough = servers_for(offered, share)
    assert erlang_c(enough, offered) <= share
    assert enough == int(offered) + 1 or erlang_c(enough - 1, offered) > share


def test_without_load_nobody_waits_and_a_share_of_nothing_is_refused() -> None:
    assert erlang_c(3, 0) == 0
    with pytest.raises(ValueError, match="between 0 and 1"):
        servers_for(3, 0)


@pytest.mark.parametrize(("count", "share"), [(1, 0.7), (5, 0.8), (40, 0.9)])
def test_a_played_queue_agrees(count: int, share: float) -> None:
    """200,000 exponential requests, first come first served, each to the server that is free first."""
    draw = Random(7)
    free_at, now, waited, total = [0.0] * count, 0.0, 0, 0.0
    for _ in range(200_000):
        now += draw.expovariate(share * count)
        place = min(range(count), key=free_at.__getitem__)
        begins = max(now, free_at[place])
        waited, total = waited + (begins > now), total + begins - now
        free_at[place] = begins + draw.expovariate(1)
    assert waited / 200_000 == pytest.approx(erlang_c(count, share * count), rel=0.06)
    assert total / 200_000 == pytest.approx(mean_wait(count, share * count, 1), rel=0.12)
