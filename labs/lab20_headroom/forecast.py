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

from labs.lab20_headroom.queue import Setup, simulate

RUNS = 400
FURTHEST = 3.3  # standard deviations of one run: one of a thousand lies outside
# ÷ and × what no simulation has: once in a row the garbage collector stops the worker (for 65 to 78 ms on one machine:
# a tenth of a moderate row's mean wait), and under load the way to the thread and back may take longer than when idle
OF_WAIT, OF_SHARE = (1.2, 1.6), (1.1, 1.1)


@dataclass(frozen=True)
class Line:
    """ln(value) = at + slope · (utilization − middle), the standard deviation of one run around that, and the factors
    by which a real machine may lie below and above besides."""

    middle: float
    at: float
    slope: float
    spread: float
    machine: tuple[float, float]

    def value(self, utilization: float) -> float:
        return exp(self.at + self.slope * (utilization - self.middle))

    @property
    def limits(self) -> tuple[float, float]:
        """What one run's luck leaves, and the machine: a value ÷ its forecast lies between these."""
        luck, (below, above) = exp(FURTHEST * self.spread), self.machine
        return 1 / (luck * below), luck * above

    def over(self, value: float, utilization: tuple[float, float]) -> float:
        """The value ÷ its forecast, at whatever utilization of that range brings the two nearest."""
        low, high = map(self.value, utilization)
        return value / min(max(value, low), high)

    def interval(self, utilization: tuple[float, float]) -> tuple[float, float]:
        (low, high), (least, most) = map(self.value, utilization), self.limits
        return low * least, high * most


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
        _line(used, [one.wait_s / service_s for one in done], OF_WAIT),
        _line(used, [one.share_that_waits for one in done], OF_SHARE),
    )


def _line(used: Sequence[float], values: Sequence[float], machine: tuple[float, float]) -> Line:
    import numpy as np  # here: every command reads the labs' declarations, and few fit a line

    if min(values) <= 0:
        raise ValueError("in the simulation hardly anybody waits")
    x, y = np.array(used), np.log(values)
    middle = float(x.mean())
    slope, at = np.polyfit(x - middle, y, 1)
    spread = float(np.std(y - at - slope * (x - middle), ddof=2))
    found = [round(float(number), 4) for number in (middle, at, slope, spread)]
    return Line(found[0], found[1], found[2], found[3], machine)
