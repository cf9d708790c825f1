"""How lab 9 is broken on purpose: nothing is computed in processes."""

from labs.engine.declare.endpoints import COMPUTE_INLINE
from labs.engine.declare.sabotage import Broken, path
from labs.lab09_cpu_bound.lab import INLINE, PROCESSES

CASES: tuple[Broken, ...] = (
    # the lab's own length: the users need 2.5 s to be all there, and the probe's p99 what follows
    Broken(
        fault="the process pool swapped with inline",
        variants=(PROCESSES, INLINE),
        change=path(COMPUTE_INLINE.path),
        steady_s=None,
    ),
)
