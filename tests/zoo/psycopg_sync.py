"""A sync pool in `def` routes: who waits for a connection holds a thread token."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from psycopg_pool import ConnectionPool

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=5, max_size=5, open=False, timeout=60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        pool.wait()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
def query():
    with pool.connection() as connection:
        connection.execute("SELECT pg_sleep(0.2)")
    return {}
