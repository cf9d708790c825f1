"""The price of a parcel, computed by the database. Repair it. Change what you like, except the query."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from psycopg_pool import ConnectionPool

WORKERS = 1  # how many processes serve
CONNECTIONS = 20  # the database has no more for us
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS, open=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/price")
def price(grams: int = 1200):
    with pool.connection() as connection:
        # stands for a query that takes half a second: leave it as it is
        row = connection.execute("SELECT 350 + %s / 100, pg_sleep(0.5)", (grams,)).fetchone()
    return {"grams": grams, "cents": row[0] if row else None}
