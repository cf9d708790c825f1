"""How lab 2 is broken on purpose: its ceiling is missed, or exceeded."""

from labs.engine.declare.sabotage import Broken, tokens, workers

CASES: tuple[Broken, ...] = (
    Broken(fault="half the tokens", variants=("T = 40",), change=tokens(20)),
    Broken(fault="one worker instead of two", variants=("T = 40",), change=workers(1)),
    # more than the tokens allow means that the model is wrong, not the claim
    Broken(fault="three workers instead of two", variants=("T = 40",), change=workers(3), inconclusive="above_ceiling"),
)
