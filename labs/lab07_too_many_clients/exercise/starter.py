"""A bookshop's orders. Repair it. Change what you like, except the query, /health and the response."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from psycopg import AsyncConnection, Error
from psycopg_pool import AsyncConnectionPool

WORKERS = 3  # how many processes serve
DATABASE = os.environ["DATABASE_URL"]
QUERY = "SELECT count(*), (SELECT pg_sleep(0.2)) FROM fastapi_under_load.orders WHERE user_id = 7"

pool = AsyncConnectionPool(DATABASE, min_size=2, max_size=20, open=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await pool.open()
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/orders")
async def orders():
    async with pool.connection() as connection:
        rows = await (await connection.execute(QUERY)).fetchall()
    return {"orders": rows[0][0]}


@app.get("/health")
async def health():
    """Is the database there for somebody who isn't connected yet? Leave it as it is."""
    try:
        async with await AsyncConnection.connect(DATABASE, connect_timeout=2) as connection:
            await connection.execute("SELECT 1")
    except Error as error:
        raise HTTPException(503, str(error)) from error
    return {"status": "ok"}
