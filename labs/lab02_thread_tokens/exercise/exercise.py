"""A `def` route holds its token through two calls, of which only one needs a thread; the health check waits too."""

from labs.engine.declare.exercise import (
    Exercise,
    Target,
    Wrong,
    failed,
    gauge,
    memory,
    percentile,
    probe_percentile,
    requests,
)
from labs.engine.declare.service import Endpoint, Load, Probe, Variant

# Starter: 40 tokens / 1 s = 40/s, 240 users / 40 = 6 s. Solution: 40 tokens / 0.2 s = 200/s, 1.2 s.
EXERCISE = Exercise(
    lab=2,
    title="Tokens that wait for nothing",
    story=(
        "A shop asks what it costs to insure a parcel abroad. The service asks a bank for the exchange rate, which "
        "takes 0.8 s. For that it has two functions, one that blocks and one that can be awaited. Then it asks an "
        "insurer, which takes 0.2 s. The insurer's function blocks, and it fails if 40 other calls of the same process "
        "are open. 240 users wait six seconds each, the CPU is idle, and the health check is as slow as the rest."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/insurance", module="", waits=1),
        ms=1000,
        workers=1,
        load=Load(vus=240, ramp_s=0.5, steady_s=7, timeout_s=20, graceful_stop_s=21),
        probe=Probe(path="/health", per_s=10, timeout_s=10),
    ),
    responds={"value": 8000, "cents": 50},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=130,
            otherwise="240 users wait, and the CPU is idle. Count how many requests can be at work, and for how long.",
        ),
        Target(
            says="p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=2.5,
            otherwise="One request alone takes 1 s. The rest of this time was spent in line.",
        ),
        Target(
            says="the health check's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.1,
            otherwise="The health check does nothing. If it's slow, it stood in line for something that it needs.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some users got an error, or nothing. The server's log says which.",
        ),
        Target(
            says="thread tokens in use",
            quantity=gauge("tokens_in_use"),
            unit="count",
            at_most=60,
            how=True,
            otherwise="Each of them is a thread. More are in use than the insurer allows calls at once.",
        ),
        Target(
            says="memory",
            quantity=memory(),
            unit="bytes",
            at_most=170_000_000,
            how=True,
            otherwise="Every process has a copy of everything. A service that mostly waits can do with one.",
        ),
    ),
    hints=(
        "How long does a request hold its thread token, and how much of that time needs a thread?",
        "In an async def, await what can be awaited. Only a call that blocks belongs in a thread.",
        "Who should wait for a token when none is free? A health check that is an async def never does.",
        "current = await rate_async(), then cents = await to_thread.run_sync(insured_cents, value, limiter=insurer), "
        "where insurer = CapacityLimiter(40) keeps the insurer's calls at 40, however many tokens there are.",
    ),
    wrong=(
        Wrong(
            file="more_tokens",
            title="1,000 tokens",
            fails="thread tokens in use",
            because="240 threads now wait, most of them for the bank. Often more than 40 of them call the insurer "
            "at once, and those above 40 fail. With 40 tokens there were never more than 40 calls.",
        ),
        Wrong(
            file="more_workers",
            title="eight workers",
            fails="memory",
            because="Eight times 40 tokens are enough for 240 users. But eight processes take eight times the memory.",
        ),
    ),
)
