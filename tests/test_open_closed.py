"""What lab 13 predicts and what its service does: one stall, and what each load model sees of it."""

import asyncio
import time

import numpy as np
import pytest

from app import stalling
from labs.lab13_open_closed.lab import MS, RATE_PER_S, STALL_S, USERS, percentile_s


@pytest.mark.parametrize("percent", [50, 90, 95, 99])
def test_the_percentiles_of_an_open_model_are_those_of_evenly_spread_arrivals(percent: float) -> None:
    arrivals_s = np.arange(0, 30, 1 / RATE_PER_S)
    alone_s = MS / 1000
    stalled = (arrivals_s >= 14) & (arrivals_s < 14 + STALL_S)
    in_flight = (arrivals_s >= 14 - alone_s) & (arrivals_s < 14)
    times_s = np.where(stalled, 14 + STALL_S - arrivals_s + alone_s, alone_s)
    times_s = np.where(in_flight, 14 + STALL_S - arrivals_s, times_s)
    expected_s = float(np.percentile(times_s, percent))
    assert percentile_s(percent, len(arrivals_s)) == pytest.approx(expected_s, abs=2 / RATE_PER_S)


def test_a_closed_model_sees_a_stall_once_a_user() -> None:
    assert percentile_s(99, 100 * USERS - 100, USERS) > STALL_S
    assert percentile_s(99, 100 * USERS + 100, USERS) == MS / 1000


def test_the_service_stands_still_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalling, "STALL", stalling.Stall(stall_after_s=0.05, stall_s=0.5))
    stalling.begin.cache_clear()

    async def asked_in_turn() -> list[float]:
        times_s = []
        for _ in range(20):
            begun = time.perf_counter()
            await stalling.stalls_once(ms=10)
            times_s.append(time.perf_counter() - begun)
        return times_s

    assert sum(took_s > 0.4 for took_s in asyncio.run(asked_in_turn())) == 1
    stalling.begin.cache_clear()
