"""A request that holds one connection and wants a second one: four of them wait for each other."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=4, max_size=4, open=False, timeout=60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with pool:
        await pool.wait()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def query():
    async with pool.connection() as outer:
        await outer.execute("SELECT pg_sleep(0.05)")
        async with pool.connection() as inner:
            await inner.execute("SELECT pg_sleep(0.05)")
    return {}
