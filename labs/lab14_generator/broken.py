"""How lab 14 is broken on purpose: its users pause, in other rows than declared."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Variant
from labs.lab14_generator.lab import ALONE, FAST_1, FAST_2, FREED


def otherwise(variant: Variant) -> Variant:
    if variant.name == FREED:
        return replace(variant, load=replace(variant.load, think_time_s=0.5))
    if variant.name == FAST_1:  # a tenth of what the others ask for
        return replace(variant, load=replace(variant.load, think_time_s=0.1))
    if variant.name == ALONE:
        return replace(variant, load=replace(variant.load, vus=100, think_time_s=0.0))
    return variant


CASES: tuple[Broken, ...] = (
    Broken(
        fault="users who pause in other rows than declared",
        variants=(FAST_1, FAST_2, FREED, ALONE),
        change=otherwise,
        steady_s=None,
        every_check=True,
    ),
)
