"""A call without a timeout, to a service that never answers every fifth one."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, gauge, probe_percentile, requests
from labs.engine.declare.service import Endpoint, Load, Probe, Sidecar, Variant

# 20 users; the mean time of a call is 0.8 × 0.1 s + 0.2 × timeout: 0.16 s with 0.4 s, and 20 / 0.16 s = 125/s.
# Without a timeout each user meets a call that hangs after half a second or so, and leaves a second after that: about
# 20 calls per 1.5 s are left to hang, all 40 tokens by the third second. With 5 s about 20 × 5 / 1.5 hang at a time.
EXERCISE = Exercise(
    lab=23,
    title="A price that never comes",
    story=(
        "A shop shows articles with today's price, which it asks from another service. That takes 100 ms, but since "
        "this morning every fifth call gets no response at all. There are 20 users at a time, who give up after a "
        "second and ask again. Soon after each restart nothing responds any more, not even the health check. The price "
        "of the catalog would do where today's is missing. A request is under way until the service is done with it, "
        "whether its user still waits or not."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/article", module="", waits=1),
        ms=100,
        workers=1,
        load=Load(vus=20, ramp_s=0.5, steady_s=8, timeout_s=1, graceful_stop_s=2.5),
        settings=(("HANGS_EVERY", "5"),),
        sidecar=Sidecar(module="hung_upstream", upstream=True),
        probe=Probe(path="/health", per_s=4, timeout_s=1.8),  # its 8 users are never all waiting when one is due
    ),
    responds={"item": "tea", "catalog_cents": 12, "cents": 10},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=90,
            otherwise="A fifth of the calls hang, and 20 users could get 120 per second all the same.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0.01,
            otherwise="Some users got no price within their second. The catalog's would have done.",
        ),
        Target(
            says="the health check's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.2,
            otherwise="The health check asks nobody. If it's slow, it stood in line for a thread.",
        ),
        Target(
            says="requests under way",
            quantity=gauge("in_flight"),
            unit="count",
            at_most=28,
            how=True,
            otherwise="There are 20 users. What is above that goes on for users who have left.",
        ),
    ),
    hints=(
        "For how long does a call that hangs hold what it holds? Who ends it?",
        "A call needs a timeout that is shorter than your users' patience. What do they get when it's over?",
        "timeout=0.4 for the client, and except httpx.TimeoutException where the price is asked. "
        "A health check that is async def needs no thread.",
    ),
    wrong=(
        Wrong(
            file="more_tokens",
            title="500 tokens",
            fails="requests under way",
            because="The hung calls still never end. More threads only take longer to be lost.",
        ),
        Wrong(
            file="long_timeout",
            title="a timeout of 5 s",
            fails="requests under way",
            because="Users leave after a second, and their calls go on for four more, with a thread each.",
        ),
        Wrong(
            file="async_def",
            title="async def, without a timeout",
            fails="requests under way",
            because=(
                "No thread is lost, so the health check responds. But every call that hangs stays, with its "
                "connections, and its user gets nothing."
            ),
        ),
    ),
)
