"""How lab 14 is broken on purpose: the fast service is slow, so k6 has time to spare."""

from dataclasses import replace

from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.sabotage import Broken
from labs.lab14_generator.lab import FAST_1, FAST_2

CASES: tuple[Broken, ...] = (
    Broken(
        fault="it is the service that is slow",
        variants=(FAST_1, FAST_2),
        change=lambda v: replace(v, app="main", endpoint=ASYNC_SLEEP, ms=1000),
    ),
)
