import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, HTTPException, Request
from psycopg_pool import AsyncConnectionPool

WORKERS = int(os.environ.get("WEB_CONCURRENCY", "1"))  # uvicorn reads it too: set it, and give no --workers
TOKENS = 40  # per worker, as everything here; the sums ask for 13, and the default does no harm
CONNECTIONS = 8
PAYMENTS = 10
KEPT_S = 2.5  # an idle connection: for less time than the payment service keeps it (lab 26)
RESERVED = 10  # connections that others need: migrations, a console, the monitoring, superusers
OVERLAP = 2  # while you deploy, the old workers and the new ones have pools


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = TOKENS
    pool = AsyncConnectionPool(
        os.environ.get("DATABASE_URL", ""), min_size=CONNECTIONS, max_size=CONNECTIONS, timeout=2, open=False
    )
    limits = httpx.Limits(max_connections=PAYMENTS, max_keepalive_connections=PAYMENTS, keepalive_expiry=KEPT_S)
    base_url = os.environ["PAYMENTS_URL"]
    async with pool, httpx.AsyncClient(base_url=base_url, limits=limits, timeout=httpx.Timeout(2)) as payments:
        await pool.wait()
        await check_that_all_workers_fit(pool)
        app.state.pool, app.state.payments, app.state.turns = pool, payments, asyncio.Semaphore(PAYMENTS)
        yield


async def check_that_all_workers_fit(pool: AsyncConnectionPool) -> None:
    async with pool.connection() as connection:
        row = await (await connection.execute("SHOW max_connections")).fetchone()
    needed = OVERLAP * WORKERS * CONNECTIONS + RESERVED
    if row and needed > int(row[0]):
        raise RuntimeError(f"{needed} connections needed, the database allows {row[0]}")


app = FastAPI(lifespan=lifespan)


@app.get("/products")
async def products(request: Request):
    async with request.app.state.pool.connection() as connection:
        cursor = await connection.execute("SELECT 1")
        return {"products": await cursor.fetchall()}


async def invoice_row(number: int, request: Request) -> int:
    async with request.app.state.pool.connection() as connection:
        row = await (await connection.execute("SELECT %s::int", (number,))).fetchone()
    assert row
    return int(row[0])  # the connection is back in the pool before the route takes a token


@app.get("/invoices/{number}")
def invoice(row: Annotated[int, Depends(invoice_row)]):
    time.sleep(0.25)  # your call that blocks
    return {"invoice": row}


@app.post("/orders")
async def order(request: Request):
    async with request.app.state.pool.connection() as connection:
        await connection.execute("SELECT 1")
    turns: asyncio.Semaphore = request.app.state.turns  # requests wait here, not in the client's pool
    try:
        await asyncio.wait_for(turns.acquire(), timeout=2)
    except TimeoutError:
        raise HTTPException(503, "busy", headers={"Retry-After": "1"}) from None  # nothing was sent
    try:
        async with asyncio.timeout(5):  # the whole call: httpx's own timeout begins again with each piece that arrives
            response = await request.app.state.payments.post("/charge")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise HTTPException(503, "no connection", headers={"Retry-After": "1"}) from None  # nothing was sent
    except (httpx.TransportError, TimeoutError):
        raise HTTPException(504, "nobody knows whether it's paid") from None
    finally:
        turns.release()
    if response.status_code >= 500:  # perhaps from a proxy whose own timeout was shorter
        raise HTTPException(504, "nobody knows whether it's paid")
    return {"paid": response.is_success}


@app.get("/debug/pool")
async def pool_report(request: Request):
    told = request.app.state.pool.pop_stats()  # of the time since the last call, whoever made it
    requests = told.get("requests_num", 0) - told.get("requests_errors", 0)
    return {
        "worker": os.getpid(),
        "held_ms": told.get("usage_ms", 0) / requests if requests > 0 else None,
        "waiting": told.get("requests_waiting", 0),
    }
