"""How lab 17 is broken on purpose: nothing is refused, so everything queues."""

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.sabotage import Broken, path
from labs.lab17_shed.lab import ADMITTED

CASES: tuple[Broken, ...] = (Broken(fault="no admission limit", variants=(ADMITTED,), change=path(SYNC_SLEEP.path)),)
