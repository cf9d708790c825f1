"""How lab 3 is broken on purpose: the two rows don't have the same tokens."""

from labs.engine.declare.sabotage import Broken, tokens
from labs.lab03_anyio_run.lab import RUN, SLEEP

CASES: tuple[Broken, ...] = (
    # the lab's own length: its throughputs are compared to 3%, and in 5 s the start weighs that much
    Broken(fault="half the tokens for anyio.run", variants=(SLEEP, RUN), change=tokens(20, RUN), steady_s=None),
)
