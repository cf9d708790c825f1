"""How lab 6 is broken on purpose: every row asks the sync pool."""

from dataclasses import replace

from labs.engine.declare.endpoints import SYNC_SELECT
from labs.engine.declare.sabotage import Broken
from labs.lab06_select.lab import ASYNC_WAITS, SYNC, SYNC_WAITS

CASES: tuple[Broken, ...] = (
    Broken(
        fault="async swapped with its sync version",
        # the baseline tells that one worker's CPU is near its tokens: these rows are held against each other only
        variants=(SYNC, SYNC_WAITS, ASYNC_WAITS),
        change=lambda v: replace(v, endpoint=SYNC_SELECT),
        steady_s=8,
    ),
)
