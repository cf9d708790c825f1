"""The post's conclusions and recommendations, one by one, with our judgement and its reason.

Its rows are judged by the labs themselves; these are its sentences, in our words.
"""

from dataclasses import dataclass
from typing import Literal

Judgement = Literal["confirmed", "sharpened", "contradicted", "not explained"]


@dataclass(frozen=True)
class Statement:
    """`says`: the post's point, paraphrased. `labs`: the numbers of the labs that bear on it."""

    kind: Literal["interpretation", "conclusion", "recommendation"]
    says: str
    judgement: Judgement
    reason: str
    labs: tuple[int, ...]


STATEMENTS = (
    Statement(
        "interpretation",
        "With one worker the event loop is the bottleneck and makes long tails",
        "confirmed",
        "the loop's CPU caps throughput at 1/c, and the post's slowest response is near N / X: queueing. Our longer "
        "tail has another cause, connections that a busy uvloop accepts one per round, and isn't in its data",
        (1,),
    ),
    Statement(
        "interpretation",
        "`time.sleep` ties up a worker for the whole request",
        "contradicted",
        "it ties up one of the worker's 40 thread tokens: 16 workers complete 640 requests of 1 s each second, not 16",
        (2,),
    ),
    Statement(
        "interpretation",
        "`anyio.run` in a `def` behaves like blocking",
        "confirmed",
        "same token, same ceiling, and its row is 640/s over the steady phase like the other one; besides, "
        "it costs more CPU",
        (3,),
    ),
    Statement(
        "interpretation",
        "Mixing waits in a `def` is slower",
        "not explained",
        "the post's row is three quarters of the ceiling even over the steady phase; with CPU to spare the same code "
        "reaches the ceiling, and none of four hypotheses accounts for the whole loss",
        (4,),
    ),
    Statement(
        "interpretation",
        "Blocking inside `async def` degrades quickly and fails most requests",
        "sharpened",
        "throughput is exactly W/b; the share of failures belongs as much to the client's timeout, the graceful stop "
        "and the kernel's accept queue",
        (5,),
    ),
    Statement(
        "interpretation",
        "Async database access sustains 1.8 times the throughput at half the p95",
        "sharpened",
        "where the query waits and the pool is larger than the thread tokens; where the CPU limits, async was ahead "
        "with one worker here and behind with four",
        (6,),
    ),
    Statement(
        "conclusion",
        "Async endpoints scale with workers and keep tails low with more than one",
        "sharpened",
        'the post says "until other resources become limiting"; what it leaves out is that the generator\'s CPU is one '
        "of them",
        (1,),
    ),
    Statement(
        "conclusion",
        "Throughput of blocking endpoints scales with the worker count",
        "sharpened",
        "it scales with W·T, workers or tokens, for calls that wait; that they consume a worker is judged above",
        (2,),
    ),
    Statement(
        "conclusion",
        "Async inside sync, or the reverse, brings no benefit because it blocks workers",
        "sharpened",
        "async inside `def` blocks a token; blocking inside `async def` does block the worker. T times apart",
        (3, 5),
    ),
    Statement(
        "conclusion",
        "Blocking calls in async handlers saturate the event loop",
        "confirmed",
        "W/b to within the measurement's error",
        (5,),
    ),
    Statement(
        "interpretation",
        "A p95 near the wait plus a little overhead is good; far above it, requests queue",
        "confirmed",
        "R is S plus the time in a queue; by Little's law N / X says how long that must be on average",
        (2, 16),
    ),
    Statement(
        "recommendation",
        "To compare worker counts, change only `--workers`",
        "sharpened",
        "on asyncio's loop a second worker also loses `TCP_NODELAY`, at least 40 ms per request; name the loop. The "
        "post itself varies the wait between some of its rows, too",
        (15,),
    ),
    Statement(
        "recommendation",
        "Isolate what blocks in workers of its own",
        "confirmed",
        "a second service keeps the first one's tokens free; so does a limiter of its own, for less",
        (10,),
    ),
    Statement(
        "recommendation",
        "A run succeeds with no errors and a p95 near the wait",
        "sharpened",
        "add what the report doesn't show: interrupted and dropped requests, the generator's own CPU, and the users "
        "that no response time accounts for",
        (5, 14),
    ),
    Statement(
        "recommendation",
        "Write IO-bound handlers as `async def` with non-blocking libraries",
        "sharpened",
        'the post keeps sync for "simple or low-concurrency paths", and that\'s the condition: it pays where requests '
        "in flight exceed W·T; below that `def` does as well, for more CPU per request",
        (1, 2, 6),
    ),
    Statement(
        "recommendation",
        "Find by benchmark the worker count from which returns diminish",
        "confirmed",
        "where the CPU limits it's near the number of cores, less what the generator needs; where tokens limit it's "
        "far beyond",
        (1, 8),
    ),
    Statement(
        "recommendation",
        "Reduce the async pool's `max_size` against too many clients",
        "confirmed",
        "W·P must stay within max_connections less the reserve, for sync pools too; min = max makes the fault visible "
        "in a service that waits for its pool at the start",
        (7,),
    ),
    Statement(
        "recommendation",
        "Do not mix blocking calls into async handlers",
        "confirmed",
        "one blocked half second per request leaves two requests a second per worker; what cannot be rewritten needs "
        "slots of its own",
        (5, 10),
    ),
    Statement(
        "recommendation",
        "Run CPU-bound work outside the request handlers",
        "sharpened",
        "outside the process, if it computes in Python: a thread computes no more than the handler would and still "
        "delays other routes; C code that releases the interpreter lock may stay in a `def`",
        (9,),
    ),
    Statement(
        "recommendation",
        "Watch tail latency and resources on the server",
        "sharpened",
        "they say that something is wrong, not what: loop lag, tokens and pool waiters tell failures apart that look "
        "alike from outside",
        (1, 11),
    ),
)
