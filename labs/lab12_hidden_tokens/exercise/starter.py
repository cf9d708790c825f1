"""A customer's name, looked up in a database. Repair it. Change what you like, except the query and the response."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from psycopg import Connection
from psycopg_pool import ConnectionPool

WORKERS = 1  # how many processes serve
QUERY = "SELECT name, pg_sleep(0.1) FROM fastapi_under_load.users WHERE id = %s"  # leave it as it is

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=10, max_size=10, timeout=2, open=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        pool.wait()
        yield


app = FastAPI(lifespan=lifespan)


def connection() -> Iterator[Connection]:
    with pool.connection() as one:
        yield one


Connected = Annotated[Connection, Depends(connection)]


@app.get("/customer")
def customer(connected: Connected, number: int = 7):
    row = connected.execute(QUERY, (number,)).fetchone()
    return {"number": number, "name": row[0] if row else None}
