"""How lab 26 is broken on purpose: a longer way than declared, a client that repeats, a server that closes."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Request, Uvicorn, Variant
from labs.lab26_keep_alive.lab import FAR, KEEP_ALIVE_S, LONGER


def twice_as_far(variant: Variant) -> Variant:
    return replace(variant, settings=(("RELAY_DELAY_MS", f"{1000 * variant.delay_s:g}"),))


def as_get(variant: Variant) -> Variant:
    return replace(variant, request=Request())


def closing_early(variant: Variant) -> Variant:
    return replace(variant, uvicorn=Uvicorn(timeout_keep_alive_s=KEEP_ALIVE_S))


CASES: tuple[Broken, ...] = (
    Broken(fault="twice as far away as declared", variants=(FAR,), change=twice_as_far, steady_s=10),
    Broken(fault="a client that repeats what was lost", variants=(FAR,), change=as_get, steady_s=10),
    Broken(fault="the server closes after a second", variants=(LONGER,), change=closing_early),
)
