"""Four small pools, each as large as the mean: calls that come at random wait for a token."""

from labs.engine.declare.exercise import YOURS, Exercise, Target, Wrong, failed, percentile, requests, total
from labs.engine.declare.quantities import Quantity, Seen, configured, measured
from labs.engine.declare.service import Endpoint, Load, Uvicorn, Variant

# 300 users who pause for 2.8 s on average: 100 calls per second, so 20 of 0.2 s at once. The lab's queue says who waits
# for a quarter of a call or longer: of 1 × 27 tokens nobody, at most 4%; of 4 × 5 tokens 70%, of 4 × 6 a third.
LATE_S = 0.05


def waits(seen: Seen) -> float:
    """The share of the responses that came LATE_S or more after their call's own time."""
    times = measured(seen, YOURS).window_time_s
    if times is None or not times.samples:
        raise ValueError("no response ended in the window")
    limit_s = configured(seen, YOURS).service_time_s + LATE_S
    return sum(value >= limit_s for value in times.quantiles) / len(times.quantiles)


EXERCISE = Exercise(
    lab=20,
    title="Four small pools",
    story=(
        "A service asks an old system what a customer owes. A call takes 200 ms, and at the busiest time 100 come per "
        "second, at random: 20 at once. So each of the four workers has five tokens. None of them is ever idle for "
        "long, and most calls wait, though the CPU has nothing to do. The old system's license allows 27 sessions in "
        "all, and a call takes one."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/balance", module="", waits=1, holds_token=1),
        ms=200,
        workers=1,
        load=Load(
            vus=300,
            ramp_s=1,
            steady_s=8,
            think_time_s=2.8,
            pauses="exponential",
            timeout_s=10,
            graceful_stop_s=2,
        ),
        uvicorn=Uvicorn(timeout_keep_alive_s=60),  # no user has to open a connection again after a long pause
    ),
    responds={"cents": 4200},
    targets=(
        Target(
            says="requests",
            quantity=requests(),
            unit="per second",
            at_least=75,
            otherwise="300 users ask about 100 times per second, unless a call keeps them waiting.",
        ),
        Target(
            says="the responses' p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=0.3,
            otherwise="A call takes 200 ms. The rest of the time its request stood in line.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no response."),
        Target(
            says="calls that wait for 50 ms or longer",
            quantity=Quantity((YOURS,), waits),
            unit="share",
            at_most=0.15,
            how=True,
            otherwise="Calls come close together, more at once than a worker has tokens, while other tokens are idle.",
        ),
        Target(
            says="sessions",
            quantity=total("tokens_size"),
            unit="count",
            at_least=1,
            at_most=27,
            how=True,
            otherwise=(
                "Each thread token of each worker may take a session, and the license allows 27. "
                "0 means that the calls take no thread token."
            ),
        ),
    ),
    hints=(
        "20 tokens for 20 calls at once on average: what happens while 23 are there?",
        "A call can't use a token of another worker. Which waits less, four pools of six or one pool of 24?",
        "The page's formula says how many tokens of one pool let one call in ten wait, for 100 calls of 0.2 s.",
        "One worker with 27 tokens. The CPU doesn't need more workers: the calls only wait.",
    ),
    wrong=(
        Wrong(
            file="all_sessions",
            title="six tokens in each of the four workers",
            fails="calls that wait for 50 ms or longer",
            because="A crowd in one worker waits while the tokens of another are idle. Small pools need much headroom.",
        ),
        Wrong(
            file="plenty",
            title="40 tokens in each worker",
            fails="sessions",
            because="Nobody waits for a token, but the old system may get 160 calls at once and allows 27.",
        ),
    ),
)
