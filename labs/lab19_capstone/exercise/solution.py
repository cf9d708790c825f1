"""A travel agency's offer: each resource is held for as long as it's used, and the archive has threads of its own."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import CapacityLimiter, to_thread
from fastapi import BackgroundTasks, FastAPI
from psycopg_pool import AsyncConnectionPool

WORKERS = 1  # how many processes serve
QUERY = "SELECT name, pg_sleep(0.1) FROM fastapi_under_load.products WHERE id = 7"  # leave it as it is
WEATHER = os.environ["UPSTREAM_URL"] + "/weather?ms=200"

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=10, max_size=10, open=False)
client = httpx.AsyncClient()
archiving = CapacityLimiter(120)  # 60 per second × 1.3 s are 78, and some to spare


def price_cents(trip: str) -> int:
    """The hotel's client, which blocks. Leave it as it is."""
    time.sleep(0.05)
    return 19900


def record(trip: str) -> None:
    """The archive's client, which blocks, and has room for any number. Leave it as it is."""
    time.sleep(1.3)


async def record_later(trip: str) -> None:
    await to_thread.run_sync(record, trip, limiter=archiving)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with pool, client:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/offer")
async def offer(later: BackgroundTasks):
    async with pool.connection() as connection:
        ((trip, _),) = await (await connection.execute(QUERY)).fetchall()
    weather = (await client.get(WEATHER)).json()
    cents = await to_thread.run_sync(price_cents, trip)
    later.add_task(record_later, trip)
    return {"trip": trip, "weather": weather["upstream"], "price_cents": cents}


@app.get("/health")
async def health():
    return {"status": "ok"}
