"""How lab 11 is broken on purpose: the tokens are not what is exhausted, or nobody says so."""

from dataclasses import replace

from labs.engine.declare.endpoints import ASYNC_MIX
from labs.engine.declare.sabotage import Broken
from labs.lab11_what_to_watch.lab import NO_TOKENS

CASES: tuple[Broken, ...] = (
    # the same ceiling, W / b = W·T / S: from outside nothing has changed
    Broken(
        fault="another failure of the same throughput",
        variants=(NO_TOKENS,),
        change=lambda v: replace(v, endpoint=ASYNC_MIX, ms=40),
    ),
    Broken(
        fault="no server metrics",
        variants=(NO_TOKENS,),
        change=lambda v: replace(v, server_metrics=None),
        inconclusive="not_computable",
    ),
)
