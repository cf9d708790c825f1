"""How lab 3 is broken on purpose: both rows sleep, so neither costs more CPU."""

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.sabotage import Broken, path
from labs.lab03_anyio_run.lab import RUN, SLEEP

CASES: tuple[Broken, ...] = (
    # the lab's own length: its throughputs are compared to 3%, and in 5 s the start weighs that much
    Broken(
        fault="anyio.run swapped with time.sleep",
        variants=(SLEEP, RUN),
        change=path(SYNC_SLEEP.path),
        steady_s=None,
    ),
)
