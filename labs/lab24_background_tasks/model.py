"""Requests and their background tasks in the one line for a worker's tokens, first come, first served. Pure.

A `def` request holds a token; when it ends its user gets the response, and its task stands in line behind all
that wait. Knows no CPU and no network.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A closed load: users come one by one, `spawned_per_s`, and pause for a random time. Times in seconds."""

    users: int
    tokens: int
    route_s: float
    task_s: float
    pauses_s: tuple[float, float] = (0.0, 0.0)
    spawned_per_s: float = 1e9


@dataclass(frozen=True)
class Held:
    """What one token did from start to end: a request, asked at `asked_s`, or a task."""

    token: int
    asked_s: float
    start_s: float
    end_s: float
    is_task: bool


def play(scenario: Scenario, until_s: float, seed: int = 0) -> Iterator[Held]:
    """Everything that got a token before `until_s`, in the order in which it got one."""
    draw, free, line = Random(seed), list(range(scenario.tokens)), deque[tuple[float, bool]]()
    order = iter(range(10**9))  # of what happens at the same moment
    events: list[tuple[float, int, Held | None]] = []
    for user in range(scenario.users):
        heappush(events, (user / scenario.spawned_per_s, next(order), None))
    while events and events[0][0] <= until_s:
        now_s, _, ended = heappop(events)
        if ended is None:
            line.append((now_s, False))
        else:
            heappush(free, ended.token)
            if not ended.is_task:
                line.append((now_s, True))
                heappush(events, (now_s + draw.uniform(*scenario.pauses_s), next(order), None))
        while free and line:
            asked_s, is_task = line.popleft()
            length_s = scenario.task_s if is_task else scenario.route_s
            held = Held(heappop(free), asked_s, now_s, now_s + length_s, is_task)
            heappush(events, (held.end_s, next(order), held))
            yield held


def responses(scenario: Scenario, until_s: float, seed: int = 0) -> list[float]:
    """The response times of the requests that ended in time, seconds."""
    held = play(scenario, until_s, seed)
    return [one.end_s - one.asked_s for one in held if not one.is_task and one.end_s <= until_s]
