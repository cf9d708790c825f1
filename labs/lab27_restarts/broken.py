"""How lab 27 is broken on purpose: another timeout, other workers, another way to restart than declared."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, workers
from labs.engine.declare.service import Restart, Uvicorn, Variant
from labs.lab27_restarts.lab import AT_S, FAR, ROLLING, SEVERAL, STOP, TIMED, TIMEOUT_S


def with_timeout(variant: Variant) -> Variant:
    return replace(variant, uvicorn=Uvicorn(timeout_graceful_shutdown_s=TIMEOUT_S))


def without_timeout(variant: Variant) -> Variant:
    return replace(variant, uvicorn=Uvicorn())


def all_at_once(variant: Variant) -> Variant:
    return replace(variant, restart=Restart(at_s=AT_S))


def no_way(variant: Variant) -> Variant:
    return replace(variant, settings=(("RELAY_DELAY_MS", "0"),))


# each takes as long as the lab has it: a shorter load would end before its restart does
CASES: tuple[Broken, ...] = (
    Broken(fault="a timeout where none is declared", variants=(STOP,), change=with_timeout, steady_s=None),
    Broken(fault="no timeout where one is declared", variants=(TIMED,), change=without_timeout, steady_s=None),
    Broken(fault="one worker where two are declared", variants=(SEVERAL,), change=workers(1), steady_s=None),
    Broken(fault="all workers stopped at once", variants=(ROLLING,), change=all_at_once, steady_s=None),
    Broken(fault="a client that isn't far away", variants=(FAR,), change=no_way, steady_s=None),
)
