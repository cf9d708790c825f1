"""How lab 20 is broken on purpose: arrivals that aren't random, too many tokens, too few."""

from dataclasses import replace

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.sabotage import Broken, path, tokens
from labs.engine.declare.service import Variant
from labs.lab20_headroom.rows import RANDOM_85, REGULAR_70, TOKENS, VARYING_70, VARYING_85, WIDE, WIDE_TOKENS


def on_schedule(variant: Variant) -> Variant:
    """As many requests per second, but regular ones."""
    if variant.name != RANDOM_85:
        return variant
    regular = replace(variant.load, arrivals_per_s=170, pauses="constant", think_time_s=0.0)
    return replace(variant, load=regular)


CASES: tuple[Broken, ...] = (
    Broken(
        fault="regular arrivals, declared random",
        variants=(REGULAR_70, RANDOM_85),
        change=on_schedule,
        steady_s=None,
    ),
    Broken(
        fault="times that don't vary",
        variants=(REGULAR_70, VARYING_70, VARYING_85),
        change=path(SYNC_SLEEP.path, only="vary"),
        steady_s=None,
    ),
    Broken(
        fault="twice the tokens where times vary",
        variants=(REGULAR_70, VARYING_85),
        change=tokens(2 * TOKENS, only=VARYING_85),
        steady_s=None,
    ),
    Broken(
        fault="a large pool that is too small",
        variants=(REGULAR_70, WIDE),
        change=tokens(WIDE_TOKENS - 6, only=WIDE),
        steady_s=None,
    ),
)
