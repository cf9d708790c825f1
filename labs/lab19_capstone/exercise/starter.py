"""A travel agency's offer. Repair it. Change what you like, except the query, the two clients and the response."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import BackgroundTasks, FastAPI
from psycopg_pool import AsyncConnectionPool

WORKERS = 1  # how many processes serve
QUERY = "SELECT name, pg_sleep(0.1) FROM fastapi_under_load.products WHERE id = 7"  # leave it as it is
WEATHER = os.environ["UPSTREAM_URL"] + "/weather?ms=200"

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=4, max_size=4, open=False)


def price_cents(trip: str) -> int:
    """The hotel's client, which blocks. Leave it as it is."""
    time.sleep(0.05)
    return 19900


def record(trip: str) -> None:
    """The archive's client, which blocks, and has room for any number. Leave it as it is."""
    time.sleep(1.3)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/offer")
async def offer(later: BackgroundTasks):
    async with pool.connection() as connection:
        ((trip, _),) = await (await connection.execute(QUERY)).fetchall()
        async with httpx.AsyncClient() as client:
            weather = (await client.get(WEATHER)).json()
        cents = price_cents(trip)
    later.add_task(record, trip)
    return {"trip": trip, "weather": weather["upstream"], "price_cents": cents}


@app.get("/health")
def health():
    return {"status": "ok"}
