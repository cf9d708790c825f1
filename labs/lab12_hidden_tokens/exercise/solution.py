"""A customer's name, looked up in a database: a request has its token before it asks for a connection."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from psycopg_pool import ConnectionPool

WORKERS = 1  # how many processes serve
QUERY = "SELECT name, pg_sleep(0.1) FROM fastapi_under_load.users WHERE id = %s"

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=10, max_size=10, timeout=2, open=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        pool.wait()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/customer")
def customer(number: int = 7):
    with pool.connection() as connection:  # in the thread that has the token already
        row = connection.execute(QUERY, (number,)).fetchone()
    return {"number": number, "name": row[0] if row else None}
