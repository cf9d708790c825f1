"""Other people's load tests as data: what each states, what it measured, and what the laws predict from that alone.

Those that were looked at first; the others are in the modules that this one imports. Longer than other modules,
because it is data: one case after another.
"""

from labs.engine.theory import queueing
from labs.reports import cases_fastapi, cases_gunicorn
from labs.reports.case import TOKENS, Case, Miss, Row, whole_waves


def _ramped(per_s: float, users: int, spawned_per_s: float, duration_s: float) -> float:
    """The mean rate of a run in which users come one by one at first: half of the ramp is missing."""
    return per_s * (1 - users / spawned_per_s / 2 / duration_s)


def _users_30s(users: int, spawned_per_s: float, ceiling_per_s: float) -> float:
    return _ramped(min(queueing.users(users, 0.2, 0.3), ceiling_per_s), users, spawned_per_s, 30)


AJNDKR = Case(
    name="ajndkr/fastapi-concurrency-tests",
    address="https://github.com/ajndkr/fastapi-concurrency-tests",
    read="b358c74",
    setting="gunicorn with uvicorn workers, wrk with 100 connections for 60 s, a wait of 10 s; the same figures with "
    "--threads 4",
    rows=tuple(
        Row(
            f"{workers} workers, {kind}" if workers > 1 else f"1 worker, {kind}",
            "five whole waves × connections, or thread tokens",
            whole_waves(100, workers, TOKENS if kind == "def" else None, 10, 60),
            measured,
            unit=" requests",
        )
        for workers, kind, measured in ((1, "def", 200), (1, "async def", 500), (4, "def", 500), (4, "async def", 500))
    ),
)

SID = Case(
    name="sid203/fastapi-benchmark-endpoints",
    address="https://github.com/sid203/fastapi-benchmark-endpoints",
    read="c1fb160",
    setting="1 worker, ab with 50 connections and 1,000 requests, a blocking second and an awaited second",
    rows=(
        Row("both in a def", "tokens ÷ 2 s", queueing.thread_tokens(1, TOKENS, 2), 19.07),
        Row("both in an async def", "one loop ÷ 1 s of blocking", queueing.event_loop(1, 1), 0.99),
        Row("the blocking one in a thread", "users ÷ 2 s", queueing.users(50, 2), 23.13),
        Row("the awaited one never awaited", "tokens ÷ 1 s", queueing.thread_tokens(1, TOKENS, 1), 37.90),
        Row("the blocking one in 8 processes", "processes ÷ 1 s", queueing.slots(1, 8, 1), 7.80),
    ),
)

SSHEVLYAGIN = Case(
    name="sshevlyagin/fastapi-sync-vs-async",
    address="https://github.com/sshevlyagin/fastapi-sync-vs-async",
    read="bc30d2c",
    setting="1 worker, locust for 30 s with a pause of 0.1 to 0.5 s, a wait of 0.2 s, users spawned at a given rate",
    rows=(
        *(
            Row(
                f"{users} users, async def that awaits",
                "users ÷ (wait + pause), less half of the ramp",
                _users_30s(users, spawned, float("inf")),
                measured,
            )
            for users, spawned, measured in ((10, 5, 19.53), (40, 10, 75.09), (100, 20, 184.19))
        ),
        *(
            Row(
                f"{users} users, def that waits",
                "users ÷ (wait + pause), less half of the ramp",
                _users_30s(users, spawned, queueing.thread_tokens(1, TOKENS, 0.2)),
                measured,
            )
            for users, spawned, measured in ((10, 5, 19.11), (40, 10, 74.10), (100, 20, 177.93))
        ),
        *(
            Row(f"{users} users, async def that blocks", "one loop ÷ 0.2 s", queueing.event_loop(1, 0.2), measured)
            for users, measured in ((10, 4.86), (40, 4.87), (100, 4.86))
        ),
    ),
)

THREADS_OF_TO_THREAD = 16  # a Ryzen 5 7600 has 12 hardware threads; asyncio's executor: min(32, that + 4)

ALMOGO = Case(
    name="Almogo97/fastapi-sync-vs-async",
    address="https://github.com/Almogo97/fastapi-sync-vs-async",
    read="8181742",
    setting="2 workers as stated, locust, a call that takes 0.3 s, then one that takes 0.05 s; 12 hardware threads",
    rows=(
        Row("0.3 s, async def that blocks", "two loops ÷ 0.3 s", queueing.event_loop(2, 0.3), 6.60),
        Row(
            "0.3 s, asyncio.to_thread",
            "two executors of min(32, CPUs + 4) threads ÷ 0.3 s",
            queueing.slots(2, THREADS_OF_TO_THREAD, 0.3),
            102.90,
        ),
        Row(
            "0.05 s, async def that blocks",
            "two loops ÷ 0.05 s",
            queueing.event_loop(2, 0.05),
            76.54,
            miss=Miss.IMPOSSIBLE,
            why="4 workers fit, and allow 80/s",
        ),
        Row(
            "0.05 s, asyncio.to_thread",
            "two executors ÷ 0.05 s",
            queueing.slots(2, THREADS_OF_TO_THREAD, 0.05),
            1113.16,
            miss=Miss.IMPOSSIBLE,
            why="4 workers fit, and allow 1,280/s",
        ),
        Row(
            "0.05 s, async def that blocks, if there were 4 workers",
            "four loops ÷ 0.05 s",
            queueing.event_loop(4, 0.05),
            76.54,
            recovered=True,
        ),
    ),
)

KISSPETER = Case(
    name="KissPeter/fastapi-performance-optimization",
    address="https://github.com/KissPeter/fastapi-performance-optimization",
    read="80f1518",
    setting="one container with 2 CPUs, ab; CPU is the limit, so each layer adds its own time to every request",
    rows=(
        Row(
            "two BaseHTTP middlewares",
            "1 ÷ (time with one + what the first one added)",
            1 / (2 / 683.52 - 1 / 1036.18),
            487.48,
            nearly=True,
        ),
    ),
)

MINIBRAMS = Case(
    name="Minibrams/fastapi-benchmark",
    address="https://github.com/Minibrams/fastapi-benchmark",
    read="6f0c52d",
    setting="1 worker, 500 users, 60 s, a call over the network to a service that waits 1 s",
    rows=(
        Row(
            "async def that blocks: requests that didn't fail",
            "60 s ÷ 1 s of blocking",
            60 * queueing.event_loop(1, 1),
            785 - 732,
            unit=" requests",
            miss=Miss.LEFT_OUT,
            why="the way to the other service and back, on top of the second that it waits",
        ),
        Row(
            "def",
            "tokens ÷ 1 s",
            queueing.thread_tokens(1, TOKENS, 1),
            35.6,
            miss=Miss.LEFT_OUT,
            why="the same",
        ),
    ),
)

PSYCOPG = Case(
    name="psycopg/psycopg#218",
    address="https://github.com/psycopg/psycopg/issues/218",
    read="the thread",
    setting="a pool of 2 connections, 12 callers at once, a query of 2 s, a timeout of 5 s",
    rows=(
        Row(
            "callers that get a connection before their timeout",
            "two connections, free again at 2 s and at 4 s",
            2 * (int(5 / 2) + 1),
            6,
            unit=" callers",
        ),
    ),
)

# requests per second, mean response time in ms: 64 connections, 1 worker
KLEN_ROWS = (
    *((18546, 3.41), (16571, 3.83), (15558, 4.08), (15554, 4.08), (13880, 4.58), (13797, 4.60), (13380, 4.75)),
    *((9060, 7.03), (7240, 8.84), (3425, 18.68), (3232, 19.81), (1002, 63.72), (10777, 5.90), (10505, 6.07)),
    *((10319, 6.17), (10133, 6.28), (8135, 7.83), (7091, 9.12), (6581, 9.71), (5882, 10.85), (4496, 14.24)),
    *((2780, 23.02), (2146, 29.81), (883, 72.37), (5604, 11.40), (5025, 12.72), (4425, 14.43), (3433, 18.73)),
    *((2834, 22.57), (2434, 26.26), (2218, 28.84), (2099, 30.44), (2067, 30.95), (1746, 36.63), (1414, 45.21)),
    (689, 92.51),
)
KLEN = Case(
    name="klen/py-frameworks-bench",
    address="https://github.com/klen/py-frameworks-bench",
    read="d4cf8c2",
    setting="12 frameworks, three tests each, wrk with 64 connections; the mean response time from the rate",
    rows=tuple(
        Row(
            f"row {place}",
            "64 connections ÷ rate (Little's law)",
            queueing.response_time(64, per_s) * 1000,
            mean_ms,
            unit=" ms",
            nearly=True,
        )
        for place, (per_s, mean_ms) in enumerate(KLEN_ROWS, start=1)
    ),
)

VIBORA = Case(
    name="vibora-io/benchmarks#6",
    address="https://github.com/vibora-io/benchmarks/issues/6",
    read="the thread",
    setting="Sanic, wrk with 1,000 connections for 30 s, a wait of 1 s",
    rows=(
        Row(
            "async def that awaits",
            "29 whole waves × connections",
            whole_waves(1000, 1, None, 1, 30),
            28_981,
            unit=" requests",
        ),
    ),
)

AKHIL_S, AKHIL_ASYNC_S = 3.29439, 3.16814  # mean response times with 20 users: hardly anything waits

AKHIL = Case(
    name="akhil-pl/python-async-guide",
    address="https://github.com/akhil-pl/python-async-guide",
    read="0acd7db",
    setting="1 worker, locust with a pause of 1 to 2 s, a call over the network; its time is that of the rows with 20 "
    "users",
    rows=(
        Row(
            "200 users, def: mean response time",
            "users ÷ (tokens ÷ call) − pause",
            queueing.response_time(200, queueing.thread_tokens(1, TOKENS, AKHIL_S), 1.5),
            13.96046,
            unit=" s",
            nearly=True,
        ),
        Row(
            "200 users, async def that awaits: mean response time",
            "the same as with 20 users",
            AKHIL_ASYNC_S,
            3.57815,
            unit=" s",
            nearly=True,
            miss=Miss.UNEXPLAINED,
        ),
    ),
)

CLAWBOLT_TASKS = ((5, 194.5), (10, 376.2), (20, 747.1), (30, 919.6))
CLAWBOLT_Q_S = 5 / 194.5

CLAWBOLT = Case(
    name="mozilla-ai/clawbolt",
    address="https://github.com/mozilla-ai/clawbolt/blob/main/scripts/benchmark_pool_report.md",
    read="5f28904",
    setting="SQLAlchemy's async pool without overflow, 100 tasks in one process, a query that sleeps for 20 ms",
    rows=(
        *(
            Row(
                f"a pool of {size}",
                "connections ÷ 20 ms",
                queueing.pool(1, size, 0.02),
                per_s,
                miss=Miss.LEFT_OUT,
                why="how long a connection is held besides its query",
            )
            for size, per_s in CLAWBOLT_TASKS
        ),
        *(
            Row(
                f"a pool of {size}, held as long as in the first row",
                f"connections ÷ {CLAWBOLT_Q_S * 1000:.3g} ms",
                queueing.pool(1, size, CLAWBOLT_Q_S),
                per_s,
                nearly=True,
                miss=None if size < 30 else Miss.UNEXPLAINED,
                why="" if size < 30 else "something else limits near 900/s, and one process ran it all",
            )
            for size, per_s in CLAWBOLT_TASKS[1:]
        ),
    ),
)

SUPERSET = Case(
    name="apache/superset#43007",
    address="https://github.com/apache/superset/pull/43007",
    read="an excerpt of the thread",
    setting="calls that block the event loop while they wait for a connection, a pool of 15, its timeout 30 s; 15 "
    "calls at once take 4 s",
    rows=(
        Row(
            "16 calls at once",
            "the timeout, since who holds a connection needs the loop, then 4 s",
            30 + 4,
            35,
            unit=" s",
            nearly=True,
        ),
    ),
)

TREG = Case(
    name="superdesigndev/treg#181",
    address="https://github.com/superdesigndev/treg/pull/181",
    read="an excerpt of the thread",
    setting="calls that hold a connection and need a second one, a pool of 15, its timeout 30 s; one call alone takes "
    "0.7 s",
    rows=(
        Row(
            "15 calls at once (30.5 to 32 s)",
            "the timeout that frees a connection, then 0.7 s",
            30 + 0.7,
            (30.5 + 32) / 2,
            unit=" s",
            nearly=True,
        ),
    ),
)

CASES = (
    *(AJNDKR, SID, SSHEVLYAGIN, ALMOGO, MINIBRAMS, PSYCOPG, VIBORA, CLAWBOLT, AKHIL, SUPERSET, TREG, KISSPETER),
    *cases_fastapi.CASES,
    *cases_gunicorn.CASES,
    KLEN,
)


def independent() -> tuple[Row, ...]:
    """Rows that are predicted from what their source states alone."""
    return tuple(row for case in CASES for row in case.rows if row.independent)
