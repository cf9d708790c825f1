"""A request holds a connection and a thread for five times as long as its query takes."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, percentile, requests, total
from labs.engine.declare.service import Endpoint, Load, Pool, Variant

EXERCISE = Exercise(
    lab=6,
    title="Give the connection back",
    story=(
        "A shop shows what a customer bought, and asks the warehouse how many are in stock. The query takes 0.1 s, the "
        "warehouse 0.4 s. Sixty users wait for 1.5 s, while the CPU is idle. The database is shared: it allows this "
        "service 20 connections, and no more. The warehouse's client has a sync and an async version."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/bought", module="", waits=5, pool="async"),
        ms=100,
        workers=1,
        # evenly over one response, so that the users stay apart
        load=Load(vus=60, ramp_s=0.5, steady_s=6, timeout_s=10, graceful_stop_s=10),
        pool=Pool(size=20),
        max_connections=200,
    ),
    responds=[{"name": "product 7", "in_stock": 12}],
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=100,
            otherwise=(
                "60 users could get 120 per second. There are too few connections, or too few threads, for as long as "
                "each request holds them."
            ),
        ),
        Target(
            says="the response time's p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=0.65,
            otherwise="The query and the warehouse take 0.5 s. The rest is a wait for a connection or a thread.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some got no response, or an error.",
        ),
        Target(
            says="connections in use",
            quantity=total("pool_in_use"),
            unit="count",
            at_most=20,
            how=True,
            otherwise=(
                "The database doesn't allow this service so many. 120 queries of 0.1 s per second need 12 at a time."
            ),
        ),
        Target(
            says="requests that wait for a connection",
            quantity=total("pool_waiting"),
            unit="count",
            at_most=4,
            how=True,
            otherwise="Requests stand in line for a connection. Who has one, and what is it doing with it?",
        ),
    ),
    hints=(
        "How many requests can hold a connection at once, and for how long does each hold it? Divide.",
        "A connection is held until its `with` block ends. Which lines need it?",
        "Now 20 connections ÷ 0.1 s are enough. But a def route holds a thread too, 40 of them, for half a second.",
        "AsyncConnectionPool in an async def, and after its `async with` block: await warehouse.in_stock_async(name).",
    ),
    wrong=(
        Wrong(
            file="larger_pool",
            title="80 connections and 80 tokens",
            fails="connections in use",
            because=(
                "Now every user has a connection, and most of the time the connection does nothing: the request waits "
                "for the warehouse. All sixty users hold one, three times what the database allows."
            ),
        ),
        Wrong(
            file="more_tokens",
            title="80 tokens",
            fails="requests that wait for a connection",
            because="There were fewer connections than threads already. Now more requests have a thread, and wait for "
            "a connection.",
        ),
    ),
)
