"""The capstone's route as it is found: a connection held for 450 ms, of which 50 ms block the loop."""

import asyncio
import os
import time
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
async def shop_page():
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_sleep(0.1)")
        await asyncio.sleep(0.3)
        time.sleep(0.05)
    return {}
