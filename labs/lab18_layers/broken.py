"""How lab 18 is broken on purpose: the layers, or the wait that hides them, are not what is declared."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.lab18_layers.lab import FOUR, NO_LAYER, WAITING, WAITING_FOUR

CASES: tuple[Broken, ...] = (
    Broken(
        fault="layers that are not there",
        variants=(NO_LAYER, FOUR),
        change=lambda v: replace(v, settings=(("LAYERS", "0"),)),
    ),
    # without the wait far more than N / S completes: the model is wrong, not the claim
    Broken(
        fault="a wait that is not there",
        variants=(WAITING, WAITING_FOUR),
        change=lambda v: replace(v, ms=0),
        inconclusive="above_ceiling",
    ),
)
