"""Two places block the event loop: a route, and a task that nobody sees."""

from labs.engine.declare.exercise import (
    Exercise,
    Target,
    Wrong,
    failed,
    gauge,
    probe_percentile,
    requests,
)
from labs.engine.declare.service import Endpoint, Load, Probe, Variant

EXERCISE = Exercise(
    lab=5,
    title="Free the event loop",
    story=(
        "A shop computes the price of a parcel. The service asks two other services: the warehouse whether there is "
        "stock, with a library that can be awaited, and the carrier for its price, with a library that blocks. The "
        "carrier's library has no async version, and you can't change it. In the background the service keeps the "
        "price of fuel up to date. Twenty users wait for seconds, the CPU is idle, and the health check is slow."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/parcel", module="", waits=1.5),
        ms=100,
        workers=1,
        load=Load(vus=20, ramp_s=0.5, steady_s=6, timeout_s=5, graceful_stop_s=6),
        probe=Probe(path="/health", per_s=10, timeout_s=10),
    ),
    responds={"grams": 1200, "in_stock": True, "price_cents": 362},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=110,
            otherwise="20 users could get 133 per second. Something lets one of them wait for another.",
        ),
        Target(
            says="the health check's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.05,
            otherwise="The health check does nothing. If it's slow, it stood in line for the event loop.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no response."),
        Target(
            says="how late the event loop is (loop lag)",
            quantity=gauge("loop_lag_seconds"),
            unit="seconds",
            at_most=0.02,
            how=True,
            otherwise="Something still blocks the event loop. While it does, its worker serves nobody.",
        ),
    ),
    hints=(
        "Which calls in this file take time, and which of them are awaited?",
        "A blocking call belongs in a thread. In an async def you put it there yourself.",
        "await to_thread.run_sync(carrier_price, grams). And who else calls the carrier?",
    ),
    wrong=(
        Wrong(
            file="more_workers",
            title="eight workers",
            fails="how late the event loop is (loop lag)",
            because="Each worker still blocks its event loop in each request: eight loops, all of them blocked.",
        ),
        Wrong(
            file="only_the_route",
            title="only the route repaired",
            fails="how late the event loop is (loop lag)",
            because="The task in the background runs on the same event loop, and blocks it five times per second.",
        ),
    ),
)
