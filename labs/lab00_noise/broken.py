"""How lab 0 is broken on purpose: two runs that are called identical and are not."""

from labs.engine.declare.sabotage import Broken, tokens

CASES: tuple[Broken, ...] = (
    Broken(fault="half the tokens in one run", variants=("clock, A", "clock, B"), change=tokens(20, only="B")),
)
