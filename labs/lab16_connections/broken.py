"""How lab 16 is broken on purpose: the workers have fewer tokens than their connections could use."""

from labs.engine.declare.sabotage import Broken, tokens
from labs.lab16_connections.lab import FEW

CASES: tuple[Broken, ...] = (Broken(fault="half the tokens", variants=(FEW,), change=tokens(5)),)
