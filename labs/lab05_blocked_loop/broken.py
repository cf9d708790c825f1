"""How lab 5 is broken on purpose: its ceiling is missed, or exceeded."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, path, workers
from labs.engine.declare.service import Variant
from labs.lab05_blocked_loop.lab import POSTED


def in_def(variant: Variant) -> Variant:
    """The sync version of the route: it blocks threads. Few of them, so that tokens limit it and not the CPU."""
    return replace(path("/sync_endpoint_mix_processing")(variant), thread_tokens=10)


CASES: tuple[Broken, ...] = (
    # 10 s: long against the start, when connections are still being accepted, and shorter than the timeout
    Broken(fault="one worker instead of two", variants=(POSTED,), change=workers(1), steady_s=10),
    # W·T / S is 5 times W / b: more than a blocked loop allows means that the model is wrong, not the claim
    Broken(
        fault="swapped with its sync version",
        variants=(POSTED,),
        change=in_def,
        steady_s=10,
        inconclusive="above_ceiling",
    ),
)
