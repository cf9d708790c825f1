"""How lab 23 is broken on purpose: another timeout, another health check, nothing hangs, calls that end sooner."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, Change
from labs.lab23_hung_dependency.lab import ASYNC_HEALTH, LEFT, LEFT_ASYNC, NO_TIMEOUT, POOLED, QUICK_TIMEOUT, hangs


def told(timeout_s: float = 0, every: int = 5) -> Change:
    return lambda v: replace(v, settings=hangs(timeout_s, every=every))


CASES: tuple[Broken, ...] = (
    Broken(fault="the timeout is four times as long", variants=(QUICK_TIMEOUT,), change=told(2), steady_s=None),
    Broken(fault="every call is answered", variants=(NO_TIMEOUT,), change=told(every=0), steady_s=None),
    Broken(
        fault="the async def health check is a def",
        variants=(ASYNC_HEALTH,),
        change=lambda v: replace(v, probe=replace(v.probe, path="/health") if v.probe else None),
        steady_s=None,
    ),
    Broken(fault="any number of connections", variants=(POOLED,), change=told(), steady_s=None),
    Broken(fault="the call's timeout is half as long", variants=(LEFT, LEFT_ASYNC), change=told(1.5), steady_s=None),
)
