"""How lab 1 is broken on purpose."""

from labs.engine.declare.sabotage import Broken, workers

CASES: tuple[Broken, ...] = (
    # the lab's own length: the p95 of both rows settles only after several times N / X, about 2 s
    Broken(fault="one worker where six are declared", variants=("W = 1", "W = 6"), change=workers(1), steady_s=None),
)
