"""Two clients: one lets too few calls through, the other is made again for each request."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, gauge, percentile, requests
from labs.engine.declare.service import Endpoint, Load, Sidecar, Variant

# 20 users, two calls of 0.5 s: 20/s. Starter: 3 connections / 0.5 s = 6/s, and 20 users / 6 per second = 3.3 s;
# 3 of them are at the stock, 3 at the carrier, 14 wait. Each client at the carrier may open httpx's own 100.
# Four workers with such pools allow 24/s. So few requests make few TLS contexts: the CPU limits nothing.
EXERCISE = Exercise(
    lab=22,
    title="Calls that wait at home",
    story=(
        "A service tells when a parcel arrives. For that it asks the stock, then the carrier, and each responds within "
        "500 ms, however many ask. The service takes more than three seconds all the same. Its contract with the two "
        "lets a worker open up to 120 connections."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/arrival", module="", waits=1),  # one after the other it's 2, at the same time 1
        ms=500,
        workers=1,
        load=Load(vus=20, ramp_s=1, steady_s=8, timeout_s=10, graceful_stop_s=11),
        sidecar=Sidecar(module="upstream", upstream=True),
        metrics_of=("httpx_pools",),
    ),
    responds={"stock": "done", "carrier": "done"},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=14,
            otherwise="20 users could get 20 per second. Between your service and its partners something is short.",
        ),
        Target(
            says="the responses' p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=1.6,
            otherwise="The partners take a second together. The rest of the time is your service's own.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no response."),
        Target(
            says="calls that wait for a connection",
            quantity=gauge("pool_waiting"),
            unit="count",
            at_most=5,
            how=True,
            otherwise="Calls stand in line inside your service. The partner that they're for hears nothing of them.",
        ),
        Target(
            says="connections that the clients may open",
            quantity=gauge("pool_size"),
            unit="count",
            at_least=5,
            at_most=120,
            how=True,
            otherwise=(
                "That's the sum of the limits of all clients that a worker has at one time, "
                "and a client without a limit makes it 0. The contract says 120."
            ),
        ),
    ),
    hints=(
        "How many calls to the stock can be under way at once, and how many per second does that make?",
        "How many clients does a worker have while ten requests wait for the carrier? What does it cost to make one?",
        "One client for both partners, made when the service starts, with room for a call of each user.",
        "httpx.Limits(max_connections=50, max_keepalive_connections=50), and one client in both functions.",
    ),
    wrong=(
        Wrong(
            file="more_workers",
            title="four workers",
            fails="connections that the clients may open",
            because="Four times as many calls get through, and each request still makes a client of its own.",
        ),
        Wrong(
            file="larger_pool",
            title="more connections to the stock",
            fails="connections that the clients may open",
            because=(
                "Nobody waits for the stock any more, so more requests than before make a client for the carrier, "
                "each with a TLS context of its own."
            ),
        ),
    ),
)
