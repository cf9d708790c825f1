"""How lab 8 is broken on purpose: workers that are declared and not there."""

from labs.engine.declare.sabotage import Broken, workers
from labs.lab08_more_workers.lab import COMPUTE_1, COMPUTE_C, DEF_1, DEF_2C

CASES: tuple[Broken, ...] = (
    Broken(fault="one worker where more are declared", variants=(DEF_1, DEF_2C), change=workers(1), steady_s=10),
    Broken(fault="workers that add no core", variants=(COMPUTE_1, COMPUTE_C), change=workers(1)),
)
