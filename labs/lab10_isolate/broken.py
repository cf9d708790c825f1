"""How lab 10 is broken on purpose: the limiter's slots are not the legacy call's own."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Variant
from labs.lab10_isolate.lab import IN_DEF, OWN_LIMITER, SHARED, SLOTS


def undone(variant: Variant) -> Variant:
    """As many places as the limiter has, so that the throughput is the declared one; but every def route needs them."""
    return replace(variant, endpoint=IN_DEF, thread_tokens=SLOTS) if variant.name == OWN_LIMITER else variant


CASES: tuple[Broken, ...] = (Broken(fault="isolation undone", variants=(SHARED, OWN_LIMITER), change=undone),)
