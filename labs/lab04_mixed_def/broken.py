"""How lab 4 is broken on purpose."""

from labs.engine.declare.endpoints import ASYNC_MIX
from labs.engine.declare.sabotage import Broken, path, workers
from labs.lab04_mixed_def.lab import READY

CASES: tuple[Broken, ...] = (
    # a blocked loop completes W / b = 8/s: in 5 s there would be too few of them to judge
    Broken(fault="swapped with its async version", variants=(READY,), change=path(ASYNC_MIX.path), steady_s=10),
    Broken(fault="one worker instead of two", variants=(READY,), change=workers(1), steady_s=10),
)
