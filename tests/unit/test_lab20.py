"""Lab 20: the simulated queue against exact formulas, its forecasts against a fresh simulation, and its recipe."""

from dataclasses import replace
from random import Random

import pytest

from app.recipes.enough_tokens import enough_tokens, share_that_waits
from app.varying import varying
from labs.engine.declare.service import Machine
from labs.engine.theory.headroom import erlang_c, mean_wait, servers_for
from labs.lab20_headroom.forecast import Line, forecast
from labs.lab20_headroom.forecasts import FORECASTS
from labs.lab20_headroom.queue import Setup, finite_population, simulate
from labs.lab20_headroom.rows import (
    RANDOM,
    RANDOM_70,
    RANDOM_85,
    ROWS,
    SEED,
    VARYING_70,
    VARYING_85,
    WIDE,
    predicted,
    setup,
    variants,
)

LONG = Setup(
    tokens=5,
    service_s=0.025,
    users=600,
    pause_s=3.48,
    ramp_s=0.5,
    steady_s=600,
    drawn_with=1,
    waits_from_s=0.0,
)


def test_a_long_simulated_run_comes_near_the_exact_share_and_wait() -> None:
    one = simulate(replace(LONG, waits_from_s=1e-9), seed=1)
    used, share, wait = finite_population(LONG.tokens, LONG.users, LONG.service_s, LONG.pause_s)
    assert one.throughput_per_s * one.service_s / LONG.tokens == pytest.approx(used, rel=0.02)
    assert one.share_that_waits == pytest.approx(share, rel=0.05)
    assert one.wait_s / one.service_s == pytest.approx(wait, rel=0.15)


def test_a_large_population_is_nearly_random_arrivals() -> None:
    used, share, wait = finite_population(5, 100_000, 0.025, 100_000 / 170 - 0.025)
    assert share == pytest.approx(erlang_c(5, used * 5), rel=0.01)
    assert wait == pytest.approx(mean_wait(5, used * 5, 1.0), rel=0.01)


def test_more_users_than_tokens_never_wait_less_than_fewer_users() -> None:
    shares = [finite_population(5, users, 0.025, users / 170)[1] for users in (6, 20, 100, 600)]
    assert shares == sorted(shares)


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    short = replace(LONG, steady_s=5)
    assert simulate(short, 1) == simulate(short, 1) != simulate(short, 2)


def test_every_random_row_of_the_lab_has_its_forecast() -> None:
    assert {setup(ROWS[name]) for name in RANDOM} == set(FORECASTS)


def test_a_kept_forecast_is_what_the_simulation_says_today() -> None:
    row = setup(ROWS[RANDOM_70])
    assert FORECASTS[row] == forecast(row)


@pytest.mark.parametrize("name", RANDOM)
def test_runs_that_made_no_forecast_lie_within_its_interval(name: str) -> None:
    row = setup(ROWS[name])
    told = predicted(ROWS[name])
    for seed in range(10_000, 10_040):
        one = simulate(row, seed)
        used = one.throughput_per_s * told.service_s / row.tokens
        for line, value in ((told.wait, one.wait_s / told.service_s), (told.share, one.share_that_waits)):
            low, high = line.interval((used, used))
            assert low <= value <= high, seed


def test_a_row_that_the_reader_changes_is_simulated_again() -> None:
    row = ROWS[RANDOM_70]
    changed = replace(row, load=replace(row.load, steady_s=3))
    assert predicted(changed) != predicted(row)


KNOWN = 0.015  # half of what an idle service adds, on a machine of ours


def nominal(name: str, utilization: float, line: str) -> tuple[float, float]:
    found: Line = getattr(predicted(ROWS[name]), line)
    return found.interval((utilization - KNOWN, utilization + KNOWN))


def test_the_intervals_tell_what_the_claim_tells_apart() -> None:
    """70% from 85%, few tokens from many, and times that vary from equal ones."""
    assert nominal(RANDOM_70, 0.7, "share")[1] < nominal(RANDOM_85, 0.85, "share")[0]
    assert nominal(WIDE, 0.85, "share")[1] < nominal(RANDOM_85, 0.85, "share")[0]
    both = [predicted(ROWS[name]).wait for name in (RANDOM_70, VARYING_70, RANDOM_85, VARYING_85)]
    equal, vary, equal_85, vary_85 = (line.value(u) for line, u in zip(both, (0.7, 0.7, 0.85, 0.85), strict=True))
    assert vary / equal > 1.5 and vary_85 / equal_85 > 1.5


def test_the_service_draws_the_times_that_the_simulation_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("app.varying.time.sleep", slept.append)
    monkeypatch.setattr("app.varying.DRAWN", Random(SEED))
    for _ in range(3):
        assert varying(ms=25) == {"wait_ms": 25}
    ours = Random(SEED)
    assert slept == pytest.approx([ours.expovariate(1.0) * 0.025 for _ in range(3)])


def test_the_rows_use_as_much_as_their_names_say() -> None:
    for row in variants("auto", Machine(cores=2)):
        if row.name in RANDOM:
            wanted = 0.7 if row.name.startswith("moderate") else 0.85
            assert predicted(row).share.middle == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(("rate", "seconds", "at_most"), [(170, 0.025, 0.1), (60, 0.2, 0.05), (0.5, 0.1, 0.5)])
def test_the_recipe_counts_as_erlang_does(rate: float, seconds: float, at_most: float) -> None:
    tokens = enough_tokens(rate, seconds, at_most)
    assert tokens == servers_for(rate * seconds, at_most)
    assert share_that_waits(tokens, rate, seconds) == pytest.approx(erlang_c(tokens, rate * seconds))
    assert share_that_waits(1, 100, 1) == 1
