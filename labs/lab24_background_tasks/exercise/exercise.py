"""Mails after the response eat the thread tokens of a route that has nothing to do with them."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, gauge, probe_percentile, requests, total
from labs.engine.declare.service import Endpoint, Load, Probe, Sidecar, Variant

# 20 users who pause for a second: 20 quotes per second, and 20 mails of 1 s. Starter: 10 tokens send 10 per second, so
# the line grows by 10 per second, and after 8 s an invoice waits for 8 s. With threads enough 20 mails are under way.
MAILS = total("pool_in_use")  # calls to the mail service

EXERCISE = Exercise(
    lab=24,
    title="The mails in front of the invoices",
    story=(
        "A print shop gives 20 quotes per second and mails each of them, which takes the mail service a second. Quotes "
        "are quick, and nothing in them says that the mails fall behind. But those who read a few invoices wait longer "
        "and longer. Every quote needs its mail, and the mail service takes as many at once as you send."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/quote", module="", waits=0),
        ms=1000,
        workers=1,
        load=Load(vus=20, ramp_s=1, steady_s=8, think_time_s=1, timeout_s=12, graceful_stop_s=12),
        sidecar=Sidecar(module="upstream", upstream=True),
        metrics_of=("httpx_pools",),
        probe=Probe(path="/invoice", per_s=4, timeout_s=12),
    ),
    responds={"cents": 1250},
    targets=(
        Target(
            says="quotes",
            quantity=requests(),
            unit="per second",
            at_least=16,
            otherwise="20 users who pause for a second get 20 per second, unless a quote keeps them waiting.",
        ),
        Target(says="failed quotes", quantity=failed(), unit="share", at_most=0, otherwise="Some users got no quote."),
        Target(
            says="the invoices' p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.5,
            otherwise="An invoice takes 5 ms once it has a thread. The rest of the time it stood in line for one.",
        ),
        Target(
            says="mails on the way",
            quantity=MAILS,
            unit="count",
            at_least=16,
            how=True,
            otherwise="20 mails per second that take a second each are 20 on the way. With fewer, they fall behind.",
        ),
        Target(
            says="thread tokens in use",
            quantity=gauge("tokens_in_use"),
            unit="count",
            at_most=3,
            how=True,
            otherwise="Invoices need less than one token on average. The others are held by something else.",
        ),
    ),
    hints=(
        "What does a def task hold while it runs, and who else needs that?",
        "How many mails are on the way at once, if none of them waits? Don't let them share the invoices' ten tokens.",
        "anyio.CapacityLimiter(30) is a line of its own for to_thread.run_sync(send_mail, ms, limiter=...).",
        "asyncio.create_task begins that beside the response. Keep the tasks in a set, and refuse when it's large.",
    ),
    wrong=(
        Wrong(
            file="more_tokens",
            title="100 tokens",
            fails="thread tokens in use",
            because=(
                "The archive allows ten calls at once and may now get a hundred. And when mails take five times as "
                "long, they fill these tokens as well."
            ),
        ),
        Wrong(
            file="few_threads",
            title="five threads for the mails",
            fails="mails on the way",
            because="Invoices are quick again. But 20 mails per second come and 5 are sent, and now nobody notices.",
        ),
    ),
)
