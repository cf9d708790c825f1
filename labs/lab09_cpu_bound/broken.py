"""How lab 9 is broken on purpose: everything is computed somewhere else than declared."""

from dataclasses import replace

from labs.engine.declare.endpoints import COMPUTE_INLINE
from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Variant
from labs.lab09_cpu_bound.lab import (
    BACKLOG,
    C_DEF,
    C_INLINE,
    DEF,
    HASH_INLINE,
    IN_PROCESS,
    INLINE,
    PROCESSES,
)


def elsewhere(variant: Variant) -> Variant:
    if variant.name == PROCESSES:
        return replace(variant, endpoint=COMPUTE_INLINE)
    if variant.name == DEF:
        return replace(variant, endpoint=IN_PROCESS, slots=2, settings=(("COMPUTE_PROCESSES", "2"),))
    if variant.name == C_DEF:
        return replace(variant, endpoint=HASH_INLINE)
    if variant.name == BACKLOG:  # computed on the loop; users enough that no arrival is dropped
        return replace(variant, endpoint=COMPUTE_INLINE, load=replace(variant.load, vus=400))
    return variant


CASES: tuple[Broken, ...] = (
    Broken(
        fault="computed elsewhere",
        variants=(INLINE, DEF, PROCESSES, C_INLINE, C_DEF, BACKLOG),
        change=elsewhere,
        steady_s=None,
        every_check=True,
    ),
)
