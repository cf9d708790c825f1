"""How lab 19 is broken: the starter is, as it stands. The control is the given solution in its place."""

from labs.engine.declare.sabotage import Broken
from labs.lab19_capstone.lab import YOURS, solved

CASES: tuple[Broken, ...] = (
    Broken(fault="the starter as it is", variants=(YOURS,), change=lambda starter: starter, control=solved),
)
