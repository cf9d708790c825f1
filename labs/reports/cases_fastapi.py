"""Further load tests of ASGI services as data, as `cases.py` has the first ones: FastAPI's, and one that's like it."""

from labs.engine.theory import queueing
from labs.reports.case import TOKENS, Case, Miss, Row, whole_waves

EXECUTOR = "https://stackoverflow.com/questions/77935269"
THREADS_OF_8_CPUS = 12  # asyncio's executor: min(32, CPUs + 4)

STACK_OVERFLOW = Case(
    name="Stack Overflow, question 77935269",
    address=EXECUTOR,
    read="excerpts of copies",
    setting="1 worker, ab with 50 connections and 1,000 requests, a wait of 3 s",
    rows=(
        Row("async def that awaits", "users ÷ 3 s", queueing.users(50, 3), 15.74),
        Row("def that waits", "tokens ÷ 3 s", queueing.thread_tokens(1, TOKENS, 3), 12.72),
        Row(
            "asyncio's own executor, if there were 8 CPUs",
            "min(32, CPUs + 4) threads ÷ 3 s",
            queueing.slots(1, THREADS_OF_8_CPUS, 3),
            3.90,
            recovered=True,
        ),
    ),
)

FASTAPI_625 = Case(
    name="fastapi/fastapi#625",
    address="https://github.com/fastapi/fastapi/issues/625",
    read="excerpts of the thread",
    setting="1 worker, wrk with 10 connections for 10 s, a wait of 5 s",
    rows=(
        Row(
            "async def that awaits",
            "one whole wave × connections",
            whole_waves(10, 1, None, 5, 10),
            20,
            unit=" requests",
            miss=Miss.UNEXPLAINED,
            why="the second wave ends when the clock does, and was counted here; in other tests it isn't",
        ),
    ),
)

FASTAPI_1002 = Case(
    name="fastapi/fastapi#1002",
    address="https://github.com/fastapi/fastapi/issues/1002",
    read="an excerpt of the thread",
    setting="hypercorn, a wait of 1 s, 10 calls from coroutines that block in requests: so one user at a time",
    rows=(Row("async def that awaits: time of 10 calls", "10 × 1 s", 10 / queueing.users(1, 1), 10.114808, unit=" s"),),
)

FASTAPI_2141 = Case(
    name="fastapi/fastapi#2141",
    address="https://github.com/fastapi/fastapi/issues/2141",
    read="an excerpt of the thread",
    setting="gunicorn with 10 uvicorn workers, a trivial route, one locust process with 1,000 users, each at most once "
    "in 0.5 s",
    rows=(
        Row(
            "locust's usual client",
            "users ÷ 0.5 s",
            queueing.users(1000, 0, 0.5),
            583.74,
            miss=Miss.LEFT_OUT,
            why="the CPU time of a request, the service's and that of the one locust process",
        ),
    ),
)

ALBATROSS = Case(
    name="kespindler/albatross#7",
    address="https://github.com/kespindler/albatross/issues/7",
    read="an excerpt of the thread",
    setting="a wait of 0.1 s, 1,000 calls by requests, each begun when the one before it had ended",
    rows=(
        Row(
            "async def that awaits: time of 1,000 calls",
            "1,000 × 0.1 s",
            1000 / queueing.users(1, 0.1),
            109,
            unit=" s",
        ),
    ),
)

NENS_Q_S, NENS_POOL, NENS_USERS = 0.02, 50, 50
NENS_CEILING = min(queueing.users(NENS_USERS, NENS_Q_S), queueing.pool(1, NENS_POOL, NENS_Q_S))

NENS = Case(
    name="nens/clean-python",
    address="https://github.com/nens/clean-python/tree/master/benchmarks/sql-comparison",
    read="8f662a2",
    setting="1 worker, a pool of 50, locust at 50 users without a pause, a query that sleeps for 20 ms",
    rows=tuple(
        Row(
            says,
            law,
            min(NENS_CEILING, tokens),
            measured,
            miss=Miss.LEFT_OUT,
            why="the CPU time of a request, which its author puts at more than 1 ms after the test",
        )
        for says, law, tokens, measured in (
            ("asyncpg", "users, or connections, ÷ 20 ms", float("inf"), 860),
            ("SQLAlchemy, async", "users, or connections, ÷ 20 ms", float("inf"), 706),
            ("SQLAlchemy in a def", "tokens ÷ 20 ms", queueing.thread_tokens(1, TOKENS, NENS_Q_S), 768),
        )
    ),
)

# seconds until the responses to so many requests at once were there: to one, to five
SERGIU_FASTAPI, SERGIU_NESTED = (1.926470, 9.365989), (2.068549, 9.707985)
SERGIU_3_WORKERS, SERGIU_5_WORKERS = (2.232686, 5.347812), (1.892555, 3.660502)
CORES_UNSAID = "how many cores the workers have, and how many of them one computation uses"

SERGIU = Case(
    name="sergiunagy/ParallelAPITester",
    address="https://github.com/sergiunagy/ParallelAPITester",
    read="2a1de4c",
    setting="a computation of about 2 s in each request, 5 requests at once; its time is that of 1 request alone",
    rows=(
        Row(
            "async def that computes, 1 worker",
            "five after each other",
            5 / queueing.worker_cpu(1, SERGIU_FASTAPI[0]),
            SERGIU_FASTAPI[1],
            unit=" s",
            nearly=True,
        ),
        Row(
            "async def that awaits what computes, 1 worker",
            "five after each other",
            5 / queueing.worker_cpu(1, SERGIU_NESTED[0]),
            SERGIU_NESTED[1],
            unit=" s",
            nearly=True,
        ),
        Row(
            "Flask, gunicorn with 3 sync workers",
            "three at once, then two",
            2 * SERGIU_3_WORKERS[0],
            SERGIU_3_WORKERS[1],
            unit=" s",
            nearly=True,
            miss=Miss.LEFT_OUT,
            why=CORES_UNSAID,
        ),
        Row(
            "Flask, gunicorn with 5 sync workers",
            "five at once",
            SERGIU_5_WORKERS[0],
            SERGIU_5_WORKERS[1],
            unit=" s",
            nearly=True,
            miss=Miss.LEFT_OUT,
            why=CORES_UNSAID,
        ),
    ),
)

CASES = (STACK_OVERFLOW, FASTAPI_625, FASTAPI_1002, ALBATROSS, NENS, FASTAPI_2141, SERGIU)
