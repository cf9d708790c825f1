"""The price of a parcel: what can't be computed in time is refused at once."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException
from psycopg_pool import ConnectionPool

WORKERS = 1  # how many processes serve
CONNECTIONS = 20  # the database has no more for us
MOST = 30  # inside at once: 40 per second × 0.75 s
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS, open=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with pool:
        yield


class AdmissionLimit:
    """Lets so many requests in at once and refuses the others."""

    def __init__(self, most: int) -> None:
        self.most, self.inside = most, 0

    async def __call__(self) -> AsyncIterator[None]:
        if self.inside >= self.most:
            raise HTTPException(503, "busy", headers={"Retry-After": "1"})
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


app = FastAPI(lifespan=lifespan)


@app.get("/price", dependencies=[Depends(AdmissionLimit(MOST))])
def price(grams: int = 1200):
    with pool.connection() as connection:
        # stands for a query that takes half a second: leave it as it is
        row = connection.execute("SELECT 350 + %s / 100, pg_sleep(0.5)", (grams,)).fetchone()
    return {"grams": grams, "cents": row[0] if row else None}
