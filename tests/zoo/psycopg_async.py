"""An async pool, whose connection is held for the whole request."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=5, max_size=5, open=False, timeout=60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with pool:
        await pool.wait()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def query():
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_sleep(0.2)")
    return {}
