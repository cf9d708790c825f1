"""What a customer bought, and whether it's in stock. Repair it, without a change of query, client and response."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from psycopg_pool import ConnectionPool

WORKERS = 1  # how many processes serve
CONNECTIONS = 20  # the database allows this service no more
QUERY = "SELECT name, pg_sleep(0.1) FROM fastapi_under_load.products WHERE id = 7"  # leave it as it is

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS, open=False)


class Warehouse:
    """The warehouse's client, which has a sync and an async version. Leave it as it is."""

    def in_stock(self, name: str) -> int:
        time.sleep(0.4)
        return 12

    async def in_stock_async(self, name: str) -> int:
        await asyncio.sleep(0.4)
        return 12


warehouse = Warehouse()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/bought")
def bought():
    with pool.connection() as connection:
        rows = connection.execute(QUERY).fetchall()
        return [{"name": name, "in_stock": warehouse.in_stock(name)} for name, _ in rows]
