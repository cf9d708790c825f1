"""A service calls an upstream: its HTTP client's pool is a resource, and a client per request costs CPU."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, failed_share, measured, server_cpu
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Scale, Sidecar, Variant, smoke

# a connection to the upstream is taken as long as the upstream takes
SHARED_CLIENT = Endpoint(path="/shared_client", module="calling", waits=1, holds_connection=1)
SYNC_CLIENT = Endpoint(path="/sync_client", module="calling", waits=1, holds_token=1, holds_connection=1)
OWN_CLIENT = Endpoint(path="/client_per_request", module="calling", waits=1)
ONE_CONTEXT = replace(OWN_CLIENT, path="/client_per_request_one_context")

OWN_LIMIT = replace(SHARED_CLIENT, path="/own_limit")

OWN, SHARED, CONTEXT = "a client per request", "one shared client", "a client per request, one TLS context"
LIMITED, KEPT, CLOSED = "a limit of our own", "kept connections", "connections closed after use"
HUNDRED, HUNDRED_LIMITED = "100 connections", "100 connections, a limit of our own"
SYNC = "a def route"
HTTPX_LIMIT, HTTPX_TIMEOUT_S = 100, 5.0  # httpx's own
LIMIT, PATIENCE_S, TOKENS = 10, 0.75, 20
UPSTREAM = Sidecar(module="upstream", upstream=True)


def calling(name: str, endpoint: Endpoint, ms: int, load: Load) -> Variant:
    return Variant(
        name=name,
        endpoint=endpoint,
        ms=ms,
        workers=1,
        load=load,
        app="calling",
        sidecar=UPSTREAM,
        metrics_of=("httpx_pools",),
    )


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    httpx_pool, small = Pool(size=HTTPX_LIMIT, timeout_s=HTTPX_TIMEOUT_S), Pool(size=LIMIT, timeout_s=PATIENCE_S)
    if scale == "smoke":
        few = smoke(8)
        return [
            replace(calling(OWN, OWN_CLIENT, 100, few), judged=False),
            replace(calling(LIMITED, OWN_LIMIT, 100, few), pool=Pool(size=2, timeout_s=HTTPX_TIMEOUT_S)),
            replace(calling(SYNC, SYNC_CLIENT, 100, few), pool=httpx_pool, thread_tokens=2),
        ]
    # few users, and no limit near: what a request costs is the difference
    light = Load(vus=20, ramp_s=0.2, steady_s=3, timeout_s=29)
    own = replace(calling(OWN, OWN_CLIENT, 250, light), judged=False)
    # more users than connections, or than tokens: these limit
    load = Load(vus=40, ramp_s=1, steady_s=10, timeout_s=29)
    limited = replace(calling(LIMITED, OWN_LIMIT, 500, load), pool=small)
    # shown: what httpcore does about a line in its pool costs CPU, or connections
    pooled = replace(limited, endpoint=SHARED_CLIENT, load=replace(load, steady_s=7), judged=False)
    many = Load(vus=205, ramp_s=1, steady_s=9, timeout_s=29)
    hundred = replace(calling(HUNDRED, SHARED_CLIENT, 1000, many), pool=httpx_pool, judged=False)
    return [
        own,
        replace(own, name=SHARED, endpoint=SHARED_CLIENT, pool=httpx_pool),
        replace(own, name=CONTEXT, endpoint=ONE_CONTEXT),
        limited,
        replace(pooled, name=KEPT),
        replace(pooled, name=CLOSED, settings=(("POOL_KEEP_ALIVE", "0"),)),
        replace(calling(SYNC, SYNC_CLIENT, 500, replace(load, vus=60)), thread_tokens=TOKENS, pool=httpx_pool),
        hundred,
        replace(hundred, name=HUNDRED_LIMITED, endpoint=OWN_LIMIT),
    ]


def given_up(vus: int, connections: int, upstream_s: float, patience_s: float) -> float:
    """The share of calls that get no connection within `patience_s`, of users who ask again at once.

    N − P users wait, nearly each of them for `patience_s`: so (N − P) / patience leave the line per second, and
    P / q of those have got a connection, where q is the upstream's time. 0 where everybody gets one in time.
    """
    waiting = vus - connections
    return max(0.0, 1 - connections * patience_s / (upstream_s * waiting)) if waiting > 0 else 0.0


def share_served(name: str) -> Quantity:
    """The share of calls that aren't refused, over the predicted share."""

    def of(seen: Seen) -> float:
        variant = configured(seen, name)
        pool = variant.pool
        if pool is None:
            raise ValueError(f"{name} has no pool")
        refused = given_up(variant.load.vus, pool.size, variant.connection_time_s, pool.timeout_s)
        return (1 - measured(seen, name).failed_share) / (1 - refused)

    return Quantity((name,), of)


LAB = Lab(
    number=22,
    slug="lab22_http_clients",
    title="HTTP clients",
    claim="an HTTP client completes at most connections ÷ time per call; making a client for each request costs CPU",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="CPU per request with a client per request / with one shared client",
            quantity=server_cpu(OWN) / server_cpu(SHARED),
            at_least=5.0,
            spoken="a request with a client of its own costs {value} times the CPU of one with the shared client "
            "(claimed: at least 5 times)",
        ),
        Check(
            says=f"share of calls served with {LIMITED} / the predicted share",
            quantity=share_served(LIMITED),
            at_least=0.85,
            at_most=1.15,
            spoken="with a limit of our own, the share of the calls that is served is the predicted one, "
            "to within {off}",
        ),
        Check(
            says=f"share refused with {KEPT}",
            quantity=failed_share(KEPT),
            at_most=0.05,
            spoken=f"with {KEPT}, {{share}} of the calls are refused (claimed: at most 5%)",
        ),
        # about as many as with a limit of our own, but now and then it loses a connection for good
        Check(
            says=f"share refused with {CLOSED}",
            quantity=failed_share(CLOSED),
            at_least=0.3,
            spoken=f"with {CLOSED}, {{share}} of the calls are refused (claimed: at least 30%)",
        ),
    ),
    segments=5,
    once=(CONTEXT, LIMITED, KEPT, CLOSED, SYNC, HUNDRED, HUNDRED_LIMITED),
    captured_at=("auto",),
)
