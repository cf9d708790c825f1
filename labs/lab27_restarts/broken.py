"""How lab 27 is broken on purpose: the verdict must not call this reproduced."""

from labs.engine.declare.sabotage import Broken, tokens

CASES: tuple[Broken, ...] = (
    # both rows declare more: their ceiling W·T / S is missed
    Broken(fault="too few tokens", variants=("T = 20", "T = 40"), change=tokens(10)),
)
