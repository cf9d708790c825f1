"""A `def` route makes an event loop and a client for each call: a token is held, and no connection is used twice."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, gauge, percentile, requests
from labs.engine.declare.service import Endpoint, Load, Sidecar, Variant

# Starter: 40 tokens / 2 s = 20/s, 96 users / 20 = 4.8 s. Solution: 96 users / 2 s = 48/s.
# A client of httpx may open 100 connections: 40 or 96 clients at a time are 4,000 or 9,600, one client is 100.
EXERCISE = Exercise(
    lab=3,
    title="One loop, one client",
    story=(
        "A shop's page asks this service for an article and its stock. The service gets both from a catalog, one "
        "after the other, by a client that must be awaited. 96 users wait almost five seconds, although the "
        "catalog takes one second for each call, however many come. And each call comes to it on a new connection."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/offer", module="", waits=2),
        ms=1000,
        workers=1,
        load=Load(vus=96, ramp_s=0.5, steady_s=8, timeout_s=20, graceful_stop_s=21),
        sidecar=Sidecar(module="upstream", upstream=True),
        metrics_of=("httpx_pools",),
    ),
    responds={"sku": "lamp", "article": "done", "stock": "done"},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=33,
            otherwise="96 users could get 48 per second. Something lets them wait before the catalog is asked.",
        ),
        Target(
            says="p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=3,
            otherwise="The catalog takes 2 s for both calls. The rest of this time was spent in line.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no response."),
        Target(
            says="thread tokens in use",
            quantity=gauge("tokens_in_use"),
            unit="count",
            at_most=5,
            how=True,
            otherwise="Threads wait for the catalog. An await on the worker's own event loop needs none.",
        ),
        Target(
            says="connections that its clients may open",
            quantity=gauge("pool_size"),
            unit="count",
            at_most=500,
            how=True,
            otherwise="One client may open 100 at a time. There are many clients, and each keeps its connections to "
            "itself.",
        ),
    ),
    hints=(
        "On which event loop does this await run, and who waits meanwhile?",
        "The worker has a loop already. An async def runs on it, without a thread.",
        "A connection can be used again only by the client that opened it. How long does a client live here?",
        "Make the client once, in a lifespan function, and await it in async def all the way from the route to the "
        "call.",
    ),
    wrong=(
        Wrong(
            file="more_tokens",
            title="200 tokens",
            fails="thread tokens in use",
            because="Now 96 threads wait, each with an event loop and a client that are made and closed for one call.",
        ),
        Wrong(
            file="client_per_request",
            title="async def, with a client for each call",
            fails="connections that its clients may open",
            because="No thread waits any more. But each call still opens a connection, uses it once and closes it.",
        ),
    ),
)
