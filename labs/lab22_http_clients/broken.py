"""How lab 22 is broken on purpose: another client, another limit, another pool."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, path, tokens
from labs.engine.declare.service import Pool
from labs.lab22_http_clients.lab import KEPT, LIMITED, OWN, OWN_CLIENT, PATIENCE_S, SHARED, SHARED_CLIENT, SYNC

CASES: tuple[Broken, ...] = (
    Broken(
        fault="the shared client isn't shared",
        variants=(OWN, SHARED),
        change=path(OWN_CLIENT.path, only=SHARED),
        steady_s=None,
    ),
    Broken(
        fault="half of the connections",
        variants=(LIMITED,),
        change=lambda v: replace(v, pool=Pool(size=5, timeout_s=PATIENCE_S)),
        steady_s=None,
    ),
    Broken(fault="the limit of our own left out", variants=(LIMITED,), change=path(SHARED_CLIENT.path), steady_s=None),
    Broken(
        fault="connections that should be kept are closed",
        variants=(KEPT,),
        change=lambda v: replace(v, settings=(("POOL_KEEP_ALIVE", "0"),)),
        steady_s=None,
    ),
    Broken(fault="half of the tokens", variants=(SYNC,), change=tokens(10), steady_s=None),
)
