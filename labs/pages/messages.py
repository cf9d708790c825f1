"""Draws messages between two sides as they travel: each side a line, time to the right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from labs.pages.stepped import Mark, Tone, arrow, bar, line, text

Side = Literal["above", "below"]
ASIDE = 3  # of a message's name, from its arrow
OVER = 8  # how far the line of the moment reaches beyond both sides


@dataclass(frozen=True)
class Message:
    """When it sets out, in the drawing's unit of time, and from which side; "": it needs no name."""

    what: str
    sent: float
    sender: Side
    tone: Tone = "ink"


@dataclass(frozen=True)
class Sides:
    """Where the two sides' lines are, where time begins and how long its unit is; `way`: how long a message travels."""

    above: float
    below: float
    left: float
    right: float
    unit: float
    way: float

    def x(self, at: float) -> float:
        return self.left + self.unit * at

    def lines(self, at: float) -> dict[str, Mark]:
        """The two sides, and the moment."""
        return {
            "upper": line(self.left, self.above, self.right, self.above),
            "lower": line(self.left, self.below, self.right, self.below),
            "now": bar(self.x(at) - 0.75, self.above - OVER, 1.5, self.below - self.above + 2 * OVER, "faint"),
        }

    def drawn(self, messages: Iterable[Message], at: float) -> dict[str, Mark]:
        """Each message as far as it has come then, and its name when it has arrived."""
        sent = [one for one in messages if one.sent < at]
        return {name: mark for place, one in enumerate(sent) for name, mark in self._message(one, at, f"m{place}")}

    def _message(self, one: Message, at: float, name: str) -> Iterator[tuple[str, Mark]]:
        start, end = (self.above, self.below) if one.sender == "above" else (self.below, self.above)
        share = min(1.0, (at - one.sent) / self.way)
        x, y = self.x(one.sent + share * self.way), start + share * (end - start)
        yield name, arrow(self.x(one.sent), start, x, y, tone=one.tone)
        if share == 1 and one.what:
            before = one.sender == "above"  # beside its arrow, where the line of the moment isn't
            beside = self.x(one.sent) - ASIDE if before else self.x(one.sent + self.way) + ASIDE
            middle = (self.above + self.below) / 2 + 4
            yield f"{name} says", text(beside, middle, one.what, "end" if before else "start", one.tone)
