"""A `def` dependency gives a connection to a `def` route that needs a token: a circle of tokens and connections."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, gauge, percentile, requests
from labs.engine.declare.service import Endpoint, Load, Pool, Variant

# Solution: 10 connections / 0.1 s = 100/s, 160 users / 100 = 1.6 s. Starter: 160 users are more than 40 tokens and 10
# connections; a deadlock, and each time that the pool's 2 s are over some requests fail and few complete.
EXERCISE = Exercise(
    lab=12,
    title="Cut the circle",
    story=(
        "A service looks up a customer's name in a database, which grants it ten connections. The query takes 0.1 s. "
        "With a few users all is well. With 160 almost nobody gets a response: the log is full of PoolTimeout, and "
        "both the CPU and the database are idle. More connections aren't to be had."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/customer", module="", waits=1, pool="async"),
        ms=100,
        workers=1,
        load=Load(vus=160, ramp_s=0.5, steady_s=7, timeout_s=20, graceful_stop_s=21),
        pool=Pool(size=10),
        max_connections=60,
    ),
    responds={"number": 7, "name": "user 7"},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=70,
            otherwise="Ten connections and a query of 0.1 s allow 100 per second. Most of the time no query runs, or "
            "one at a time.",
        ),
        Target(
            says="p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=2.5,
            otherwise="160 users at 100 per second wait 1.6 s each. These waited for something that took longer.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some requests waited for a connection until the pool's timeout was over.",
        ),
        Target(
            says="connections in use",
            quantity=gauge("pool_in_use"),
            unit="count",
            at_most=12,
            how=True,
            otherwise="The database grants this service ten.",
        ),
        Target(
            says="thread tokens in use",
            quantity=gauge("tokens_in_use"),
            unit="count",
            at_most=60,
            how=True,
            otherwise="Ten requests at a time can use a connection. All the other threads only wait for one.",
        ),
        Target(
            says="loop lag",
            quantity=gauge("loop_lag_seconds"),
            unit="seconds",
            at_most=0.06,
            how=True,
            otherwise="Something blocks the event loop. While it does, the worker serves nobody.",
        ),
    ),
    hints=(
        "A request needs a token to get a connection. What does it need next, and who has all of those?",
        "The holders of connections wait for tokens, and the holders of tokens wait for connections. Cut one of the "
        "two links.",
        "What if a request got its connection inside the route, on the token that it has already? Or what if only as "
        "many requests as connections could ask for one?",
        "with pool.connection() as connection: in the route, and no dependency.",
    ),
    wrong=(
        Wrong(
            file="more_of_both",
            title="80 tokens and 30 connections",
            fails="connections in use",
            because="The circle can close as soon as there are as many requests as tokens and connections together. "
            "That was at 50, and now it's at 110. There are 160 users.",
        ),
        Wrong(
            file="a_token_for_everyone",
            title="200 tokens",
            fails="thread tokens in use",
            because="With more tokens than users the circle can't close today. 150 threads wait for ten connections, "
            "and from 210 users on it can close again.",
        ),
        Wrong(
            file="async_route",
            title="an async def route",
            fails="loop lag",
            because="The route needs no token now, so the circle is cut. But its query blocks the event loop: one "
            "query at a time, and nothing else meanwhile.",
        ),
    ),
)
