"""How lab 14 is broken on purpose: what k6 may use, and how it asks, isn't what is declared."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Variant
from labs.lab14_generator.lab import ALONE, FAST_1, FAST_2, FREED


def otherwise(variant: Variant) -> Variant:
    if variant.name == FREED:
        return replace(variant, generator_cores=1)
    if variant.name == FAST_2:
        return replace(variant, load=replace(variant.load, think_time_s=0.1))
    if variant.name == ALONE:
        return replace(variant, load=replace(variant.load, vus=100, think_time_s=0.0))
    return variant


CASES: tuple[Broken, ...] = (
    Broken(
        fault="no second core for k6, and other users",
        variants=(FAST_1, FAST_2, FREED, ALONE),
        change=otherwise,
        steady_s=None,
        every_check=True,
    ),
)
