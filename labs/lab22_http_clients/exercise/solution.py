"""When a parcel arrives: one client for all calls, with room for all that are under way at once."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
PARTNERS = os.environ["UPSTREAM_URL"]  # the stock and the carrier are both reached there
CALLS = 50  # at once, for each worker: more than it has users, and each connection is kept
limits = httpx.Limits(max_connections=CALLS, max_keepalive_connections=CALLS)
client = httpx.AsyncClient(base_url=PARTNERS, limits=limits, timeout=httpx.Timeout(2.0, connect=0.5))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with client:
        yield


app = FastAPI(lifespan=lifespan)


async def stock(ms: int) -> str:
    """Whether the stock has it. The stock takes `ms` milliseconds to say so."""
    response = await client.get("/stock", params={"ms": ms})
    return str(response.json()["upstream"])


async def carrier(ms: int) -> str:
    """Whether the carrier comes. It takes as long as the stock."""
    response = await client.get("/carrier", params={"ms": ms})
    return str(response.json()["upstream"])


@app.get("/arrival")
async def arrival(ms: int = 500):
    return {"stock": await stock(ms), "carrier": await carrier(ms)}
