"""One run of a service with thread tokens whose users pause at random, as a queue: the lab's forecast is many of them.

Users who have their response pause for an exponentially distributed time and ask again. A request takes one of
the tokens, or waits in line for one. Pure: the same seed gives the same run. Times in seconds.
"""

import heapq
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a row runs, as the queue needs it.

    drawn_with    the seed that the service draws its varying times with; None: each call takes exactly service_s
    waits_from_s  who waits for less isn't counted among those that wait: from outside it can't be told
    """

    tokens: int
    service_s: float
    users: int
    pause_s: float
    ramp_s: float
    steady_s: float
    drawn_with: int | None
    waits_from_s: float


@dataclass(frozen=True)
class Outcome:
    """What one run's window says, over the requests that ended in it: their rate, their means, who waited."""

    throughput_per_s: float
    service_s: float
    wait_s: float
    share_that_waits: float


def simulate(setup: Setup, seed: int) -> Outcome:
    """One run from its first user on, with as long a steady phase as the measured one.

    The window is the measured one's too (`results/window.py`): from one service time after the ramp to the end
    of the steady phase, counted from the first request.
    """
    pauses = Random(seed)
    drawn = None if setup.drawn_with is None else Random(setup.drawn_with)

    def paused() -> float:
        return pauses.expovariate(1.0) * setup.pause_s

    asks = [setup.ramp_s * user / setup.users + paused() for user in range(setup.users)]
    heapq.heapify(asks)
    free_from = [0.0] * setup.tokens  # when each token is free again
    opens_s, ends_s = asks[0] + setup.ramp_s + setup.service_s, asks[0] + setup.ramp_s + setup.steady_s
    waits: list[float] = []
    served_s = 0.0
    while (asked_s := heapq.heappop(asks)) < ends_s:
        began_s = max(asked_s, heapq.heappop(free_from))
        took_s = setup.service_s * (drawn.expovariate(1.0) if drawn else 1.0)
        done_s = began_s + took_s
        heapq.heappush(free_from, done_s)
        heapq.heappush(asks, done_s + paused())
        if opens_s <= done_s < ends_s:
            waits.append(began_s - asked_s)
            served_s += took_s
    count = len(waits)
    late = sum(wait >= setup.waits_from_s for wait in waits)
    return Outcome(count / (ends_s - opens_s), served_s / count, sum(waits) / count, late / count)


def finite_population(tokens: int, users: int, service_s: float, pause_s: float) -> tuple[float, float, float]:
    """Utilization, share that waits and mean wait (in service times) of so many users, exponential times.

    The machine-repair model, exact: an arrival sees the state of a population with one user less. Source:
    D. Gross, C. M. Harris, "Fundamentals of Queueing Theory", section on finite-source queues.
    """
    rate = service_s / pause_s

    def states(population: int) -> list[float]:
        """How likely each number of users in the service is."""
        weights = [1.0]
        for n in range(population):
            weights.append(weights[-1] * (population - n) * rate / min(n + 1, tokens))
        total = sum(weights)
        return [weight / total for weight in weights]

    here, seen = states(users), states(users - 1)
    used = sum(p * min(n, tokens) for n, p in enumerate(here)) / tokens
    share = sum(seen[tokens:])
    wait = sum(p * (n - tokens + 1) / tokens for n, p in enumerate(seen) if n >= tokens)
    return used, share, wait
