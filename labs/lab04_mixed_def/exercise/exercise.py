"""A `def` route makes three calls in turn and holds its token through all of them; only one of them needs a thread."""

from labs.engine.declare.exercise import Exercise, Target, Wrong, failed, gauge, percentile, requests
from labs.engine.declare.service import Endpoint, Load, Variant

# Starter: 40 tokens / 1.3 s = 31/s, 90 users / 31 = 2.9 s. Solution: 90 users / 0.6 s = 150/s, and 150/s * 0.1 s = 15
# tokens. Side by side in a def: 40 / 0.6 s = 67/s; with a token for each user, or awaited in turn: 90 / 1.3 s = 69/s.
EXERCISE = Exercise(
    lab=4,
    title="Three calls in turn",
    story=(
        "A shop's page asks for an article's reviews, its delivery time and its stock. The first two take 0.6 s each "
        "and have clients that must be awaited. The warehouse's client blocks for 0.1 s. The route is a def that asks "
        "them in turn. With 90 users a response takes three seconds, and the CPU is idle."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/article", module="", waits=1),
        ms=600,
        workers=1,
        load=Load(vus=90, ramp_s=0.6, steady_s=7, timeout_s=20, graceful_stop_s=21),
    ),
    responds={"sku": "lamp", "stars": 4.5, "days": 2, "in_stock": 17},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=105,
            otherwise="90 users could get 150 per second. How long does a request take, and what does it hold?",
        ),
        Target(
            says="p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=0.85,
            otherwise="The longest of the three calls takes 0.6 s. The rest was spent in line, or one call waited for "
            "another.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no response."),
        Target(
            says="thread tokens in use",
            quantity=gauge("tokens_in_use"),
            unit="count",
            at_most=25,
            how=True,
            otherwise="A token is held for longer than the one call that needs a thread.",
        ),
    ),
    hints=(
        "A def holds its token from its first line to its last. Which of the three calls needs a thread?",
        "In an async def, await the first two, and put only the third one into a thread.",
        "None of the three needs what another one returns. So they can wait at the same time.",
        "asyncio.gather takes all three: reviews(sku), delivery(sku) and to_thread.run_sync(stock, sku).",
    ),
    wrong=(
        Wrong(
            file="side_by_side_in_def",
            title="side by side, in a def",
            fails="thread tokens in use",
            because="The request is shorter, and still holds a token from its first line to its last. 40 tokens "
            "÷ 0.6 s allow 67 per second.",
        ),
        Wrong(
            file="more_tokens",
            title="200 tokens",
            fails="thread tokens in use",
            because="Nobody stands in line any more, and a request still takes the sum of its calls. 90 threads wait, "
            "most of them for an await.",
        ),
    ),
)
