"""How lab 1 is broken on purpose: its requests hold a thread token."""

from dataclasses import replace

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.sabotage import Broken
from labs.lab01_async_workers.lab import ONE

CASES: tuple[Broken, ...] = (
    Broken(
        fault="def where async def is declared",
        variants=(ONE,),
        change=lambda v: replace(v, endpoint=SYNC_SLEEP),
        steady_s=None,
        every_check=True,
    ),
)
