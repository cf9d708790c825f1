"""Three pools that grow beyond what the database allows: who isn't connected yet gets no connection."""

from labs.engine.declare.exercise import YOURS, Exercise, Target, Wrong, failed, probe_failed, requests
from labs.engine.declare.service import Endpoint, Load, Pool, Probe, Variant
from labs.lab07_too_many_clients.lab import fatals

EXERCISE = Exercise(
    lab=7,
    title="Make the pools fit the database",
    story=(
        "A bookshop's service has three workers. Its orders are served, but when many users come, the health check "
        "fails: it opens a connection of its own, as a migration or a colleague at a terminal would, and PostgreSQL "
        "refuses it. The database allows 40 connections (max_connections), and keeps 3 of "
        "them for superusers. The old version of the service ends before a new one starts. Leave the health check as "
        "it is: what it says is true."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/orders", module="", waits=2, pool="async"),
        ms=100,
        workers=3,
        load=Load(vus=90, ramp_s=1, steady_s=6, timeout_s=10, graceful_stop_s=10),
        pool=Pool(size=20),
        max_connections=40,
        probe=Probe(path="/health", per_s=4, timeout_s=10),
    ),
    responds={"orders": 10},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=100,
            otherwise="Too few connections are at work: 20 at a time are 100 requests per second.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some got no response, or an error.",
        ),
        Target(
            says="failed health checks",
            quantity=probe_failed(),
            unit="share",
            at_most=0,
            otherwise="Whoever isn't connected yet gets no connection. Who has them all?",
        ),
        Target(
            says="connections that PostgreSQL refused",
            quantity=fatals(YOURS),
            unit="count",
            at_most=0,
            how=True,
            otherwise=(
                "More connections were asked for than the database allows. Its log has a FATAL line for each, even "
                "where no user noticed."
            ),
        ),
    ),
    hints=(
        "How many pools are there, and how large may each become?",
        "40 connections, 3 of them reserved, a few for health checks. How many are left for each worker?",
        "At most 11 per worker. Say so in max_size and min_size, and let the service wait for its pool when it "
        "starts: pool.open(wait=True).",
    ),
    wrong=(
        Wrong(
            file="closed_when_idle",
            title="connections that are closed when they're idle for a second",
            fails="connections that PostgreSQL refused",
            because=(
                "Under load none is idle. The pools still grow as far as they may, and three pools of 20 are more than "
                "37."
            ),
        ),
        Wrong(
            file="retries",
            title="a health check that tries five times",
            fails="connections that PostgreSQL refused",
            because=(
                "The pools keep their connections, so the fifth attempt finds what the first one found. Each attempt "
                "is one more connection that the database refuses."
            ),
        ),
    ),
)
