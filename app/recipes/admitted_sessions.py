import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from psycopg import Connection
from psycopg_pool import ConnectionPool

SIZE = 10
pool = ConnectionPool(os.environ.get("DATABASE_URL", ""), min_size=SIZE, max_size=SIZE, open=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        pool.wait()  # raises PoolTimeout if the connections can't be opened
        yield


def connection() -> Iterator[Connection]:
    with pool.connection() as one:
        yield one


# use this alias in every route: another Depends(…, max_concurrency=…) would have a limit of its own
Connected = Annotated[Connection, Depends(connection, max_concurrency=SIZE)]

app = FastAPI(lifespan=lifespan)


@app.get("/orders")
def orders(connection: Connected):
    return {"orders": connection.execute("SELECT 1").fetchall()}
