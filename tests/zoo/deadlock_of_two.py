"""A dependency holds a connection and then wants a thread token; others hold all tokens and want a connection.

With four of each that takes eight users. With 40 tokens it would take more than a search for the plateau sends.
"""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, FastAPI
from psycopg import Connection
from psycopg_pool import ConnectionPool

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=4, max_size=4, open=False, timeout=60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = 4
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
