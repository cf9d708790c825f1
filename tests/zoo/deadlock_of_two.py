"""A dependency holds a connection and then wants a thread token; others hold all tokens and want a connection."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from psycopg import Connection
from psycopg_pool import ConnectionPool

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=5, max_size=5, open=False, timeout=60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        pool.wait()
        yield


def session() -> Iterator[Connection]:
    with pool.connection() as connection:
        yield connection


app = FastAPI(lifespan=lifespan)


@app.get("/")
def query(connection: Annotated[Connection, Depends(session)]):
    connection.execute("SELECT 1")
    time.sleep(0.05)
    return {}
