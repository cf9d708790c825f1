"""What a row should measure at the utilization it turns out to have, and how far one run may lie from that.

Arrivals are random, so two runs of one configuration don't offer the same load, and a little more load makes
people wait much longer. So the forecast is a line: fitted through many simulated runs, the logarithm of what is
judged over the run's own utilization. Its spread is what one run's luck still leaves.

`python -m labs.lab20_headroom.forecast` prints `forecasts.py`, the forecasts of the lab's own rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from statistics import mean

import numpy as np

from labs.lab20_headroom.queue import Setup, simulate

RUNS = 400
FURTHEST = 3.3  # standard deviations of one run: one of a thousand lies outside
UTILIZATION_KNOWN = 0.015  # how near a measured utilization is: a token is held a little longer than its call takes


@dataclass(frozen=True)
class Line:
    """ln(value) = at + slope · (utilization − middle), and the standard deviation of one run around that."""

    middle: float
    at: float
    slope: float
    spread: float

    def value(self, utilization: float) -> float:
        return exp(self.at + self.slope * (utilization - self.middle))

    @property
    def factor(self) -> float:
        """The interval of measured / forecast is 1 / factor to factor."""
        return exp(FURTHEST * self.spread + self.slope * UTILIZATION_KNOWN)

    def interval(self, utilization: float) -> tuple[float, float]:
        return self.value(utilization) / self.factor, self.value(utilization) * self.factor


@dataclass(frozen=True)
class Forecast:
    """service_s: the mean of the times that the service draws. `wait` is in service times."""

    service_s: float
    wait: Line
    share: Line


@cache
def forecast(setup: Setup, runs: int = RUNS) -> Forecast:
    """Of the setup's own length; takes seconds. Raises ValueError where in some runs nobody waits."""
    done = [simulate(setup, seed) for seed in range(runs)]
    service_s = mean(one.service_s for one in done)
    used = [one.throughput_per_s * service_s / setup.tokens for one in done]
    return Forecast(
        round(service_s, 6),
        _line(used, [one.wait_s / service_s for one in done]),
        _line(used, [one.share_that_waits for one in done]),
    )


def _line(used: Sequence[float], values: Sequence[float]) -> Line:
    if min(values) <= 0:
        raise ValueError("in the simulation hardly anybody waits")
    x, y = np.array(used), np.log(values)
    middle = float(x.mean())
    slope, at = np.polyfit(x - middle, y, 1)
    spread = float(np.std(y - at - slope * (x - middle), ddof=2))
    return Line(*(round(float(number), 4) for number in (middle, at, slope, spread)))
