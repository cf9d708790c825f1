"""How lab 18 is broken on purpose: the layers, or the wait that hides them, are not what is declared."""

from dataclasses import replace

from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Variant
from labs.lab18_layers.lab import BARE, DEF, FOUR, NO_LAYER, PURE, WAITING, WAITING_FOUR


def swapped(variant: Variant) -> Variant:
    """Every row as the service without a layer; the pure layers as the costly ones."""
    settings = (("LAYERS", "4" if variant.name == PURE else "0"), ("LAYER_KIND", "base"))
    return replace(variant, app="layers", endpoint=ASYNC_SLEEP, settings=settings)


CASES: tuple[Broken, ...] = (
    Broken(
        fault="layers that are not there",
        variants=(BARE, NO_LAYER, DEF, FOUR, PURE),
        change=swapped,
        steady_s=None,
        every_check=True,
    ),
    # without the wait far more than N / S completes: the model is wrong, not the claim
    Broken(
        fault="a wait that is not there",
        variants=(WAITING, WAITING_FOUR),
        change=lambda v: replace(v, ms=0),
        inconclusive="above_ceiling",
    ),
)
