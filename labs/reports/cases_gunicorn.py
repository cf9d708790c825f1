"""Further load tests of services behind gunicorn and its relatives as data, as `cases.py` has the first ones."""

from labs.engine.theory import queueing
from labs.reports.case import Case, Miss, Row, whole_waves

BREATHECO_ROWS = (
    *(("gevent, def", 1, 42_086), ("gevent, def", 3, 14_000), ("gevent, def", 10, 4_000)),
    *(("uvicorn workers, def", 1, 40_506), ("uvicorn workers, def", 3, 14_000), ("uvicorn workers, def", 10, 4_000)),
    ("uvicorn workers, async def", 1, 39_871),
)


def _breatheco(says: str, wait_s: float, measured: float, miss: Miss | None = None, why: str = "") -> Row:
    law = "whole waves × connections"
    predicted = whole_waves(2000, 20, None, wait_s, 22)
    return Row(f"{says}, a wait of {wait_s:g} s", law, predicted, measured, " requests", miss=miss, why=why)


BREATHECO = Case(
    name="breatheco-de/apiv2, django-workers",
    address="https://github.com/breatheco-de/apiv2/blob/main/benchmarks/django-workers/blocking.md",
    read="1fa6c55",
    setting="Django behind gunicorn with 20 workers, wrk with 2,000 connections for 22 s",
    rows=(
        *(_breatheco(says, wait_s, measured) for says, wait_s, measured in BREATHECO_ROWS),
        _breatheco(
            "uvicorn workers, async def",
            3,
            35_659,
            Miss.IMPOSSIBLE,
            "in the repository this address leads to the view that waits 1 s",
        ),
        Row(
            "uvicorn workers, async def, if that wait were 1 s",
            "whole waves × connections",
            whole_waves(2000, 20, None, 1, 22),
            35_659,
            " requests",
            recovered=True,
        ),
        _breatheco(
            "uvicorn workers, async def", 10, 2_000, Miss.UNEXPLAINED, "the second wave isn't among what was counted"
        ),
    ),
)

DB_S, PAUSE_S = 0.025, 0.1
IDLE = queueing.users(10, DB_S, PAUSE_S)
SPREAD = "how the ten connections spread over the two workers: one alone allows 40/s"
CONNECTING = (
    "the time of the pages, and the time to connect: a sync worker closes each connection, and some took over 6 s to "
    "open"
)

ALANTOM = Case(
    name="18alantom/asyncpy-server-benchmarks",
    address="https://github.com/18alantom/asyncpy-server-benchmarks",
    read="3d23a33",
    setting="k6 with 10 users for 60 s; in turn a page, a pause of 0.1 s, a call to a service that waits 25 ms, and a "
    "page; turns per second",
    rows=(
        *(
            Row(says, "users ÷ (wait + pause)", IDLE, per_s)
            for says, per_s in (
                ("uvicorn, 1 worker, async def", 75.417),
                ("gunicorn, 1 uvicorn worker, async def", 75.155),
                ("uvicorn, 2 workers, async def", 75.015),
                ("gunicorn, 2 uvicorn workers, async def", 74.456),
                ("gunicorn, 2 gevent workers", 74.774),
            )
        ),
        Row(
            "gunicorn, 2 workers of 2 threads",
            "users ÷ (wait + pause)",
            min(IDLE, queueing.slots(2, 2, DB_S)),
            57.412,
            miss=Miss.UNEXPLAINED,
        ),
        Row(
            "uvicorn, 2 workers, async def that blocks",
            "two loops ÷ 25 ms",
            min(IDLE, queueing.event_loop(2, DB_S)),
            39.092,
            miss=Miss.LEFT_OUT,
            why=SPREAD,
        ),
        Row(
            "uvicorn, async def that blocks, if one worker had all connections",
            "one loop ÷ 25 ms",
            queueing.event_loop(1, DB_S),
            39.092,
            recovered=True,
        ),
        *(
            Row(
                f"gunicorn, {says}",
                f"{'one' if workers == 1 else 'two'} at a time ÷ 25 ms",
                min(IDLE, queueing.slots(workers, 1, DB_S)),
                per_s,
                miss=Miss.LEFT_OUT,
                why=CONNECTING,
            )
            for says, workers, per_s in (
                ("1 sync worker", 1, 23.268),
                ("2 sync workers", 2, 26.300),
                ("2 sync workers, asyncio.run in each request", 2, 24.653),
            )
        ),
        *(
            Row(f"{says}, without the 25 ms", "users ÷ pause", queueing.users(10, 0, PAUSE_S), per_s)
            for says, per_s in (
                ("uvicorn, 2 workers, async def", 95.267),
                ("gunicorn, 2 uvicorn workers, async def", 94.527),
            )
        ),
        Row(
            "gunicorn, 2 sync workers, without the 25 ms",
            "users ÷ pause",
            queueing.users(10, 0, PAUSE_S),
            29.596,
            miss=Miss.LEFT_OUT,
            why=CONNECTING,
        ),
    ),
)

CALL = "the way to the other service and back, and each request's CPU time, on top of the second that it waits"
A_WAIT_LONGER = "ten requests of five users took three waits, not two"

IXIMIUZ = Case(
    name="iximiuz/flask-gevent-tutorial",
    address="https://github.com/iximiuz/flask-gevent-tutorial",
    read="be961b9",
    setting="Flask, a call by requests to a service that waits 1 s, ab: 10 requests of 5 users, or 2,000 of 200",
    rows=(
        Row("development server, one thread, 5 users", "one at a time ÷ 1 s", queueing.slots(1, 1, 1), 0.99),
        Row(
            "development server, threads, 5 users",
            "users ÷ 1 s",
            queueing.users(5, 1),
            3.26,
            miss=Miss.UNEXPLAINED,
            why=A_WAIT_LONGER,
        ),
        *(
            Row(
                f"{says}, 200 users",
                "users ÷ 1 s" if places is None else "users, or threads, ÷ 1 s",
                min(queueing.users(200, 1), queueing.slots(1, places or 200, 1)),
                per_s,
                miss=Miss.LEFT_OUT,
                why=CALL,
            )
            for says, places, per_s in (
                ("uWSGI, 4 workers of 50 threads", 200, 157.67),
                ("gunicorn, 4 workers of 50 threads", 200, 148.95),
                ("gevent's server", None, 114.05),
                ("uWSGI, 2 gevent workers", None, 151.93),
                ("gunicorn, 1 gevent worker", None, 112.11),
            )
        ),
        Row(
            "half of the second in psycopg2 under gevent, 5 users",
            "one loop ÷ 0.5 s",
            queueing.event_loop(1, 0.5),
            1.50,
            miss=Miss.LEFT_OUT,
            why="the time to connect to the database, in each request",
        ),
        Row(
            "the same, psycopg2 made to wait with gevent, 5 users",
            "users ÷ 1 s",
            queueing.users(5, 1),
            3.18,
            miss=Miss.UNEXPLAINED,
            why=A_WAIT_LONGER,
        ),
    ),
)

WILLIAN = Case(
    name="willianantunes, Django, gunicorn and gevent",
    address="https://github.com/willianantunes/tutorials/tree/master/2023/07/django-gunicorn-gevent",
    read="1c2d78f, its results in willianantunes.com 9a779fb",
    setting="gunicorn with 1 worker, hey with 10 requests at once, a call of 1 s, a query of 1 s; the time until all "
    "responses are there",
    rows=(
        Row("sync worker, call and query", "10 × 2 s", 10 / queueing.slots(1, 1, 2), 20.8776, unit=" s"),
        Row(
            "gevent, call and query that blocks",
            "1 s, then 10 × 1 s",
            1 + 10 / queueing.event_loop(1, 1),
            11.2518,
            unit=" s",
        ),
        Row("gevent, call", "1 s", 10 / queueing.users(10, 1), 1.0443, unit=" s"),
        Row("gevent, query that blocks", "10 × 1 s", 10 / queueing.event_loop(1, 1), 10.1670, unit=" s"),
        Row(
            "gevent, query that waits with it",
            "1 s",
            10 / queueing.users(10, 1),
            1.1053,
            unit=" s",
            miss=Miss.LEFT_OUT,
            why="how long a connection is held besides its query, and the time to make it",
        ),
        Row("gevent, call and such a query", "2 s", 10 / queueing.users(10, 2), 2.1354, unit=" s"),
    ),
)

GUNICORN_1364 = Case(
    name="benoitc/gunicorn#1364",
    address="https://github.com/benoitc/gunicorn/issues/1364",
    read="excerpts of the thread",
    setting="gunicorn with 8 workers, ab with 32 connections and 320 requests, a wait of 1 s; times are rounded",
    rows=(
        Row(
            "4 threads each",
            "320 ÷ (users, or threads, ÷ 1 s)",
            320 / min(queueing.users(32, 1), queueing.slots(8, 4, 1)),
            20,
            unit=" s",
            miss=Miss.LEFT_OUT,
            why="how the connections spread over the workers: unevenly, as a later comment found",
        ),
        Row(
            "8 threads each",
            "320 ÷ (users ÷ 1 s)",
            320 / min(queueing.users(32, 1), queueing.slots(8, 8, 1)),
            10,
            unit=" s",
        ),
    ),
)

CASES = (BREATHECO, ALANTOM, WILLIAN, GUNICORN_1364, IXIMIUZ)
