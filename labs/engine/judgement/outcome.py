"""What a verdict says: the outcome, its reasons, each check's value and interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

from labs.engine.judgement.guards import Guard

Outcome = Literal["reproduced", "not reproduced", "inconclusive"]
PostAgreement = Literal["agrees", "differs", "not comparable"]

EXIT_STATUS: dict[Outcome, int] = {"reproduced": 0, "not reproduced": 10, "inconclusive": 20}


FEWEST_PAIRS = 5  # of rows that ran in turns, for a claim that the CPU decides


@dataclass(frozen=True)
class CheckOutcome:
    """`value` is the median of `values`, one per repeat. `low` or `high` None: no such limit.

    Where a clock decides, the median is held against the limits. Where the CPU does (`clock_limited` False),
    the whole interval of the median is: on a machine whose speed drifts one value says nothing.
    """

    says: str
    value: float
    low: float | None
    high: float | None
    values: tuple[float, ...]
    clock_limited: bool

    @property
    def passed(self) -> bool:
        return all(self.allows(value) for value in self._held)

    @property
    def undecided(self) -> bool:
        """Whether the interval reaches over a limit: some of it is allowed and some is not."""
        low, high = min(self._held), max(self._held)
        beyond = (self.low is not None and high < self.low) or (self.high is not None and low > self.high)
        return not self.passed and not beyond

    @property
    def too_few(self) -> bool:
        return not self.clock_limited and len(self.values) < FEWEST_PAIRS

    @property
    def _held(self) -> tuple[float, ...]:
        return (self.value,) if self.clock_limited else interval(self.values)[:2]

    def allows(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Verdict:
    """`guards` are those that made it inconclusive, in the order of the reasons."""

    outcome: Outcome
    reasons: tuple[str, ...]
    checks: tuple[CheckOutcome, ...]
    post: PostAgreement
    post_reason: str
    warnings: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Where the median of all possible repeats lies: low, high, and the confidence in that.

    Order statistics: the k-th smallest and k-th largest of n values enclose the median unless fewer
    than k of them fall on one side, so the confidence is 1 − 2·Σᵢ₍ᵢ<ₖ₎ C(n, i) / 2ⁿ, whatever the
    distribution. The largest k that keeps 95%, else k = 1 with the confidence there is: 75% of
    three repeats, none of one. A bootstrap of three values would promise more than they know.
    Source: W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., section 3.2.
    """
    ordered, n = sorted(values), len(values)

    def confidence(k: int) -> float:
        return 1.0 - float(2 * sum(comb(n, i) for i in range(k)) / 2**n)

    k = 1
    while 2 * (k + 1) <= n and confidence(k + 1) >= 0.95:
        k += 1
    return ordered[k - 1], ordered[n - k], confidence(k)
