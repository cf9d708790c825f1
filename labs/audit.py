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
        "the loop's CPU limits throughput to 1/c. Most of the post's responses take nearly N/X: they queue. Our "
        "longer tail has another cause: a busy uvloop accepts one connection per round. The post's data don't show "
        "whether this happened there",
        (1,),
    ),
    Statement(
        "interpretation",
        "`time.sleep` ties up a worker for the whole request",
        "contradicted",
        "it ties up one of the worker's 40 thread tokens. 16 workers complete 640 requests of 1 s per second, not 16",
        (2,),
    ),
    Statement(
        "interpretation",
        "`anyio.run` in a `def` behaves like blocking",
        "confirmed",
        "it takes the same token and has the same ceiling. Over the steady phase its row is 640/s, like the row with "
        "`time.sleep`. It also costs more CPU",
        (3,),
    ),
    Statement(
        "interpretation",
        "Mixing waits in a `def` is slower",
        "not explained",
        "the post's row is three quarters of the ceiling, even over the steady phase. With CPU to spare, the same code "
        "reaches the ceiling. None of four hypotheses accounts for the whole loss",
        (4,),
    ),
    Statement(
        "interpretation",
        "Blocking inside `async def` degrades quickly and fails most requests",
        "sharpened",
        "the workers complete W/b per second, also for clients that have left. How many responses reach anybody "
        "depends as much on the client's timeout, the graceful stop and the kernel's accept queue",
        (5,),
    ),
    Statement(
        "interpretation",
        "Async database access sustains 1.8 times the throughput at half the p95",
        "sharpened",
        "it does where the query waits and the pool is larger than the number of thread tokens. Where the CPU limits, "
        "async was ahead with one worker here, and behind with four",
        (6,),
    ),
    Statement(
        "conclusion",
        "Async endpoints scale with workers and keep tails low with more than one",
        "sharpened",
        'the post says "until other resources become limiting". It leaves out that the generator\'s CPU is one of them',
        (1,),
    ),
    Statement(
        "conclusion",
        "Throughput of blocking endpoints scales with the worker count",
        "sharpened",
        "for calls that wait, it scales with workers × tokens (W·T), so more tokens raise it as well. Whether such a "
        "call consumes a worker is judged above",
        (2,),
    ),
    Statement(
        "conclusion",
        "Async inside sync, or the reverse, brings no benefit because it blocks workers",
        "sharpened",
        "async inside `def` takes up one token. Blocking inside `async def` does block the worker. For "
        "the same time of blocking it allows one fortieth of the throughput, with 40 thread tokens",
        (3, 5),
    ),
    Statement(
        "conclusion",
        "Blocking calls in async handlers saturate the event loop",
        "confirmed",
        "throughput is W/b, to within the measurement's error",
        (5, 25),
    ),
    Statement(
        "interpretation",
        "A p95 near the service time plus a little overhead is good; far above it, requests queue",
        "confirmed",
        "the response time R is the service time S plus the time in a queue. By Little's law, R is N/X on average",
        (2, 16, 20),
    ),
    Statement(
        "recommendation",
        "To compare worker counts, change only `--workers`",
        "sharpened",
        "on asyncio's loop, `TCP_NODELAY` is lost as soon as there are two workers. On Linux that costs at least 40 ms "
        "for each request that closely follows the last response on its connection, as a load generator's do. So name "
        "the loop. The post itself varies the service time between some of its rows, too",
        (15,),
    ),
    Statement(
        "recommendation",
        "Isolate what blocks in workers of its own",
        "confirmed",
        "a second service keeps the first one's tokens free. A limiter of its own does the same for less",
        (10, 23, 24),
    ),
    Statement(
        "recommendation",
        "A run succeeds with no errors and a p95 near the service time",
        "sharpened",
        "also check what the report doesn't show: interrupted and dropped requests, the generator's own CPU, and the "
        "users that no response time accounts for",
        (5, 14),
    ),
    Statement(
        "recommendation",
        "Write IO-bound handlers as `async def` with non-blocking libraries",
        "sharpened",
        'the post keeps sync for "simple or low-concurrency paths", and that\'s the condition. Async pays where more '
        "than W·T requests are in flight. Below that `def` does as well, for more CPU per request",
        (1, 2, 6),
    ),
    Statement(
        "recommendation",
        "Find by benchmark the worker count at which returns diminish",
        "confirmed",
        "where the CPU limits, it's near the number of cores, less what the generator needs. Where tokens limit, it's "
        "far beyond",
        (1, 8),
    ),
    Statement(
        "recommendation",
        "Reduce the async pool's `max_size` against too many clients",
        "confirmed",
        "workers × pool size (W·P) must stay within `max_connections` less the reserve, for sync pools too. If a "
        "service waits for its pool at the start, min = max makes the fault visible",
        (7,),
    ),
    Statement(
        "recommendation",
        "Don't mix blocking calls into async handlers",
        "confirmed",
        "if each request blocks for half a second, a worker completes two requests per second. Code that can't be "
        "rewritten needs slots of its own",
        (5, 10),
    ),
    Statement(
        "recommendation",
        "Run CPU-bound work outside the request handlers",
        "sharpened",
        "outside the process, if it computes in Python. A thread computes no more than the handler would, and still "
        "delays other routes. C code that releases the interpreter lock may stay in a `def`",
        (9,),
    ),
    Statement(
        "recommendation",
        "Watch tail latency and resources on the server",
        "sharpened",
        "they say that something is wrong, not what. Loop lag, calls waiting for a token and requests waiting for a "
        "connection tell failures apart that look alike from outside",
        (1, 11),
    ),
)
