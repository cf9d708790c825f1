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
        "sharpened",
        "the loop's CPU caps throughput at 1/c; the longest tails are connection attempts that an overflowing accept "
        "queue turned away and TCP repeated",
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
        "only where the query waits and the pool is larger than the thread tokens; where the CPU binds async is not "
        "faster",
        (6,),
    ),
    Statement(
        "conclusion",
        "Async endpoints scale with workers and keep tails low with more than one",
        "sharpened",
        "as far as the cores reach, the generator's share included; the tail is mostly the accept queue, and scatters",
        (1,),
    ),
    Statement(
        "conclusion",
        "Blocking endpoints consume a worker; throughput scales with the worker count",
        "sharpened",
        "it scales with W·T, workers or tokens, for calls that wait",
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
        "recommendation",
        "Write IO-bound handlers as `async def` with non-blocking libraries",
        "sharpened",
        "it pays where requests in flight exceed W·T, or W·P for a database; below that `def` does as well",
        (1, 2, 6),
    ),
    Statement(
        "recommendation",
        "Find the worker count where more stop paying by benchmark",
        "sharpened",
        "the knee can be computed from c, g and the cores before the benchmark; where tokens bind there is none",
        (1, 8),
    ),
    Statement(
        "recommendation",
        "Reduce the async pool's `max_size` against too many clients",
        "confirmed",
        "W·P must stay below max_connections less the reserve, for sync pools too; min = max makes the fault visible",
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
        "outside the process, that is: a thread computes no more than the handler would and still delays other routes; "
        "processes use the other cores, a task queue takes the wait out of the response",
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
