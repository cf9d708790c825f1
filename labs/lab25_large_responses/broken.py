"""How lab 25 is broken on purpose: both rows ask for the same route, so neither can be cheaper than the other."""

from labs.engine.declare.sabotage import Broken, path
from labs.lab25_large_responses.lab import LIST, MODEL, READY

CASES: tuple[Broken, ...] = (
    Broken(fault="no response model after all", variants=(LIST, MODEL), change=path("/products"), steady_s=3),
    Broken(fault="the list is ready-made too", variants=(LIST, READY), change=path("/products_ready"), steady_s=3),
)
