"""What a lab claims: ratios that hold on any machine, and the one ratio that the post must share."""

from dataclasses import dataclass

from labs.engine.declare.quantities import Quantity


@dataclass(frozen=True, kw_only=True)
class Check:
    """A claim as a number that must lie in [at_least, at_most]; None leaves that side open.

    What it reads, and the highest percentile among that, follow from `quantity`. So does whether a clock
    (tokens, blocking, pools) decides it or the CPU, unless `clock_limited` says otherwise. One that the CPU
    decides is judged over at least five pairs of rows that ran in turns. On a machine with fewer than
    `needs_cores` it does not apply. `spoken` is how a page says what came out: {value} is filled in with three
    digits, {share} in percent, {off} with how far it is from 1 in percent ("to within {off}" may become "to within
    what we can measure").
    """

    says: str
    quantity: Quantity
    at_least: float | None = None
    at_most: float | None = None
    clock_limited: bool | None = None
    needs_cores: int = 1
    spoken: str = ""


@dataclass(frozen=True, kw_only=True)
class PostComparison:
    """The ratio in which the post's own figures and ours must agree, whatever the machine."""

    says: str
    quantity: Quantity
    tolerance: float
