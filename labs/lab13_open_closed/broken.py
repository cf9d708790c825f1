"""How lab 13 is broken on purpose: the stall is shorter than declared."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.lab13_open_closed.lab import AFTER_S, OPEN_STALL, STALL_S, stall

CASES: tuple[Broken, ...] = (
    Broken(
        fault="half the stall",
        variants=(OPEN_STALL,),
        change=lambda v: replace(v, settings=stall(AFTER_S, STALL_S / 2)),
        steady_s=21,  # long enough for the stall, and for a p99
    ),
)
