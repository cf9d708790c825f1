"""How lab 6 is broken on purpose: every row asks the sync pool."""

from dataclasses import replace

from labs.engine.declare.endpoints import SYNC_SELECT
from labs.engine.declare.sabotage import Broken
from labs.lab06_select.lab import ASYNC, LONG_MS, MORE, SYNC, waiting

CASES: tuple[Broken, ...] = (
    Broken(
        fault="async swapped with its sync version",
        variants=(waiting(SYNC, LONG_MS, MORE), waiting(ASYNC, LONG_MS, MORE)),
        change=lambda v: replace(v, endpoint=SYNC_SELECT),
        steady_s=12,
    ),
)
