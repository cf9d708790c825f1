"""How lab 8 is broken on purpose: workers that are declared and not there."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, workers
from labs.engine.declare.service import Variant
from labs.lab08_more_workers.lab import COMPUTE_1, COMPUTE_2C, COMPUTE_C, DEF_1, DEF_2C


def fewer(variant: Variant) -> Variant:
    """One worker for C, C for twice as many."""
    return replace(variant, workers=max(1, variant.workers // 2))


CASES: tuple[Broken, ...] = (
    Broken(fault="one worker where more are declared", variants=(DEF_1, DEF_2C), change=workers(1), steady_s=12),
    Broken(
        fault="half the workers",
        variants=(COMPUTE_1, COMPUTE_C, COMPUTE_2C),
        change=fewer,
        steady_s=None,
        every_check=True,
    ),
)
