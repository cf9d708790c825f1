"""A session that a dependency has used is held while its request waits for a thread, and while it asks a bank."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, percentile, requests, total
from labs.engine.declare.service import Endpoint, Load, Pool, Variant

EXERCISE = Exercise(
    lab=21,
    title="Hold no session while you wait",
    story=(
        "A shop takes payments: it looks the user up (25 ms), reads the basket (25 ms), and asks the bank (450 ms), "
        "whose client blocks and stays as it is. Its pool is SQLAlchemy's default of 5 + 10 connections. The database "
        "can't spare more, and ten would be better. A hundred users come, "
        "who pause for 0.4 s between two payments. The service stands still, "
        "until the pool's timeout ends some of the requests with an error."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/pay", module="", waits=5, holds_token=5, pool="sync"),
        ms=100,
        workers=1,
        load=Load(vus=100, think_time_s=0.4, ramp_s=2, steady_s=8, timeout_s=25, graceful_stop_s=20),
        pool=Pool(size=15),
        max_connections=200,
        metrics_of=("sqlalchemy_pools",),
    ),
    responds={"user": 7, "paid_cents": 359},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=60,
            otherwise="40 threads could serve 80 per second. Requests wait for what others hold and don't use.",
        ),
        Target(
            says="the response time's p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=1.5,
            otherwise="At 80 per second, a response takes 0.9 s. Something is held for longer than it's used.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some waited for a connection until the pool's timeout ended that.",
        ),
        Target(
            says="connections in use",
            quantity=total("pool_in_use"),
            unit="count",
            at_most=10,
            how=True,
            otherwise=(
                "80 requests per second with two queries of 25 ms need 4 connections at a time. The others are held by "
                "requests that don't query."
            ),
        ),
    ),
    hints=(
        "When does the session take its connection, and when does it give it back? What does a request wait for in "
        "between?",
        "Between current_user and the route a request waits for a thread token, and in the route it waits for the "
        "bank. It may do both, but not with a connection.",
        "Open a session where you query, and close it there: with SessionLocal() as db. Do so in current_user, and in "
        "the route before pay().",
    ),
    wrong=(
        Wrong(
            file="larger_pool",
            title="a pool of 110",
            fails="connections in use",
            because=(
                "Now there's a connection for everybody, so nobody waits for one. Most of them are held by requests "
                "that wait for a thread or for the bank, and the database can't spare so many."
            ),
        ),
        Wrong(
            file="max_concurrency",
            title="only as many sessions as connections",
            fails="connections in use",
            because=(
                "It no longer hangs. But each session stays open while the bank is asked, so all 15 connections are in "
                "use all the time, and 15 ÷ 0.5 s are only 30 per second."
            ),
        ),
    ),
)
