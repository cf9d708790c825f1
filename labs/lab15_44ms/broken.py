"""How lab 15 is broken on purpose: uvloop keeps TCP_NODELAY, so nothing waits for an ACK."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Uvicorn
from labs.lab15_44ms.lab import ONE, TWO

CASES: tuple[Broken, ...] = (
    Broken(
        fault="another loop",
        variants=(ONE, TWO),
        change=lambda v: replace(v, uvicorn=Uvicorn(loop="uvloop")),
    ),
)
