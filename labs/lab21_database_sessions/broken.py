"""How lab 21 is broken on purpose: a request needs less at once than is declared, or holds it for longer."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, Change, path
from labs.engine.declare.service import Variant
from labs.lab21_database_sessions.lab import (
    ALONE,
    CALL_HELD,
    CALL_RELEASED,
    FIFTEEN,
    HELD,
    HUNG,
    SESSION,
    SIXTEEN,
)


def connections(count: int) -> Change:
    def larger(variant: Variant) -> Variant:
        assert variant.pool is not None
        return replace(variant, pool=replace(variant.pool, size=count))

    return larger


CASES: tuple[Broken, ...] = (
    Broken(
        fault="a dependency that doesn't use the session",
        variants=(ALONE, HUNG),
        change=path(SESSION.path, only=HUNG),
        steady_s=None,
    ),
    # more than the pool allows means that the model is wrong, not the claim
    Broken(
        fault="a pool twice as large",
        variants=(ALONE,),
        change=connections(30),
        steady_s=None,
        inconclusive="above_ceiling",
    ),
    Broken(
        fault="room for the sixteenth",
        variants=(FIFTEEN, SIXTEEN),
        change=connections(30),
        steady_s=None,
    ),
    Broken(
        fault="the session stays open",
        variants=(CALL_HELD, CALL_RELEASED),
        change=path(HELD.path, only=CALL_RELEASED),
        steady_s=None,
    ),
)
