"""A route computes on the event loop, and the login of the same worker hangs."""

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
    lab=9,
    title="Keep the login fast while invoices are made",
    story=(
        "A shop makes its invoices as PDFs: 100 ms of computing each, in a library that's written in Python and stays "
        "as it is. Ten people each ask for an invoice, again and again. Whoever logs in meanwhile, over a new "
        "connection, waits for half a second or more, although the login does next to nothing."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/invoice", module="", waits=1),
        ms=100,
        workers=1,
        load=Load(vus=10, ramp_s=0.5, steady_s=7, timeout_s=10, graceful_stop_s=11, think_time_s=0.5),
        probe=Probe(path="/login", per_s=10, timeout_s=10),
    ),
    responds={"number": 7, "pages": 3},
    targets=(
        Target(
            says="invoices",
            quantity=requests(),
            unit="per second",
            at_least=2,
            otherwise="One core makes ten invoices per second. Something keeps it from working, or refuses them.",
        ),
        Target(
            says="the login's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.1,
            otherwise="The login computes nothing. If it's slow, it waited while something else computed.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no invoice."),
        Target(
            says="loop lag",
            quantity=gauge("loop_lag_seconds"),
            unit="seconds",
            at_most=0.05,
            how=True,
            otherwise=(
                "The event loop of a worker can't go on while invoices are computed: the code that computes runs on "
                "the loop itself, or holds the lock that the loop needs."
            ),
        ),
    ),
    hints=(
        "Which code uses the CPU, and in which process does it run?",
        "Python runs the Python code of one process in one thread at a time. A thread only moves the computing.",
        "A ProcessPoolExecutor, made once when the service starts, computes under locks of its own.",
        "await asyncio.get_running_loop().run_in_executor(pool, render, number), with the pool made in the lifespan.",
    ),
    wrong=(
        Wrong(
            file="thread",
            title="computed in a thread",
            fails="loop lag",
            because=(
                "The library is Python code. While it computes in threads, the event loop has to wait for the same "
                "lock as they do, again and again."
            ),
        ),
        Wrong(
            file="more_workers",
            title="four workers",
            fails="loop lag",
            because=(
                "Invoices are made on four event loops now. Each of them still stands still while it computes, and so "
                "does every login that comes to that worker. (And each worker knows only its own logins.)"
            ),
        ),
    ),
)
