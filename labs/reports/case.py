"""What one public load test is to us: its rows, each a measured figure beside what the laws predict of it.

A prediction uses no figure that it is compared with. `recovered` rows do: they show what a report leaves out, and
are not counted. `nearly` rows take one parameter from another row of the same source. Figures only; the texts are
their authors'. `read` is the commit, or the thread, in which they were read.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil

TOKENS = 40  # AnyIO's default
NEAR = 0.10


class Miss(StrEnum):
    """Why a prediction didn't come near, as far as that is known."""

    IMPOSSIBLE = "impossible as stated"
    LEFT_OUT = "left out"
    UNEXPLAINED = "not explained"


@dataclass(frozen=True)
class Row:
    """One measured figure beside its prediction, in `unit`; `miss` and `why` say why it is far from it, if it is."""

    says: str
    law: str
    predicted: float
    measured: float
    unit: str = "/s"
    nearly: bool = False
    recovered: bool = False
    miss: Miss | None = None
    why: str = ""

    @property
    def off(self) -> float:
        return self.measured / self.predicted - 1

    @property
    def counted(self) -> bool:
        return not self.recovered

    @property
    def independent(self) -> bool:
        """Predicted from what its source states alone."""
        return self.counted and not self.nearly

    @property
    def near(self) -> bool:
        return abs(self.off) <= NEAR


@dataclass(frozen=True)
class Case:
    """A published load test: where it stands, how it was run, its rows."""

    name: str
    address: str
    read: str
    setting: str
    rows: tuple[Row, ...]


def whole_waves(users: int, workers: int, tokens: int | None, service_s: float, duration_s: float) -> float:
    """The requests of those waves that end before the clock does: one that ends with it isn't counted."""
    at_once = min(users, workers * tokens) if tokens else users
    return at_once * (ceil(duration_s / service_s) - 1)
