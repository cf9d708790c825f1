"""Lab 21 without a load: its law of users and connections, against requests played one by one."""

import heapq
import random
from collections import deque
from dataclasses import replace

import pytest

from labs import catalog
from labs.engine.declare.service import Machine, Variant
from labs.lab21_database_sessions.lab import FORTY, MOST, SAFE, TOKENS, can_hang_at, circling, hangs_at

ROWS = {row.name: row for row in catalog.lab(21).rows("auto", Machine(2.0))}


def users(count: int) -> Variant:
    row = ROWS[SAFE]
    return replace(row, load=replace(row.load, vus=count))


class Worker:
    """Tokens and connections given in order of arrival; each user asks for a session, its user, its route.

    Without the pool's timeout, so that what hangs stays so. The session takes no time, each query `query_s`.
    """

    def __init__(self, vus: int, tokens: int, connections: int, query_s: float, seed: int) -> None:
        self.tokens, self.connections, self.query_s = tokens, connections, query_s
        self.for_token: deque[tuple[int, str]] = deque()
        self.for_connection: deque[int] = deque()
        self.random = random.Random(seed)
        self.events = [(self.random.random() * query_s, vu, "session") for vu in range(vus)]
        heapq.heapify(self.events)
        self.completed: list[float] = []

    def run(self, until_s: float) -> None:
        while self.events and self.events[0][0] < until_s:
            now, vu, what = heapq.heappop(self.events)
            if what in ("session", "user", "route"):
                self.for_token.append((vu, what))
            elif what == "user found":
                self.tokens += 1
                self._later(now, vu, "route", 0.001)
            else:
                self.tokens += 1
                self.connections += 1
                self.completed.append(now)
                self._later(now, vu, "session", 0.003)
            self._give(now)

    def _give(self, now: float) -> None:
        while (self.for_connection and self.connections) or (self.for_token and self.tokens):
            if self.for_connection and self.connections:
                self.connections -= 1
                self._later(now, self.for_connection.popleft(), "user found", self.query_s)
                continue
            vu, what = self.for_token.popleft()
            if what == "session":  # it is made at once, and the token is free again
                self._later(now, vu, "user", 0.001)
                continue
            self.tokens -= 1
            if what == "user":
                self.for_connection.append(vu)
            else:
                self._later(now, vu, "done", self.query_s)

    def _later(self, now: float, vu: int, what: str, after_s: float) -> None:
        heapq.heappush(self.events, (now + after_s * self.random.uniform(0.95, 1.05), vu, what))


def played(count: int, seed: int = 1) -> Worker:
    worker = Worker(count, TOKENS, MOST, ROWS[SAFE].connection_time_s / 2, seed)
    worker.run(60)
    return worker


def per_s(worker: Worker) -> float:
    return sum(20 <= at_s < 60 for at_s in worker.completed) / 40


def test_the_limits_of_the_default_pool() -> None:
    assert can_hang_at(users(100)) == 55 and hangs_at(users(100)) == 85
    assert circling(users(40)) == pytest.approx(60) == circling(ROWS[FORTY])
    assert circling(users(85)) == circling(users(200)) == 0


@pytest.mark.parametrize("count", [40, 47, 54])
def test_below_tokens_and_connections_together_nothing_hangs_and_the_law_holds(count: int) -> None:
    for seed in range(3):
        assert per_s(played(count, seed)) == pytest.approx(circling(users(count)), rel=0.05)


@pytest.mark.parametrize("count", [86, 100, 170])
def test_from_three_times_the_connections_on_everything_hangs(count: int) -> None:
    for seed in range(5):
        worker = played(count, seed)
        assert per_s(worker) == 0 and not worker.events
        assert len(worker.for_connection) == TOKENS and not worker.connections


def test_with_a_few_users_more_than_can_hang_it_is_a_matter_of_time() -> None:
    assert not any(at_s >= 20 for seed in range(10) for at_s in played(60, seed).completed)


def test_one_user_fewer_can_never_hang() -> None:
    """All tokens with requests that want a connection, all connections with requests that want a token: T + P."""
    for seed in range(20):
        assert played(can_hang_at(users(1)) - 1, seed).events
