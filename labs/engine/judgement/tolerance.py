"""Pure: how far throughput may lie from what a clock-limited prediction says."""

from labs.engine.declare.lab import Lab
from labs.engine.results.result import Result

WIDEST = 0.05  # a claim that may be off by more is no claim about a clock


def tolerance(lab: Lab, result: Result) -> float:
    """As a share of the prediction: the lab's own or twice the machine's noise floor, never more than `WIDEST`.

    The window adds nothing: both its edges lie where the fewest requests complete. What it hides is less than one
    wave in its number of waves, see `docs/numbers.md`.
    """
    noise = result.noise.clock_limited if result.noise else 0.0
    return min(WIDEST, max(lab.tolerance, 2 * noise))
