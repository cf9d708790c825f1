"""When a parcel arrives. Repair it. Change what you like, except what it asks of whom, and the response."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
PARTNERS = os.environ["UPSTREAM_URL"]  # the stock and the carrier are both reached there
stock_client = httpx.AsyncClient(base_url=PARTNERS, limits=httpx.Limits(max_connections=3))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with stock_client:
        yield


app = FastAPI(lifespan=lifespan)


async def stock(ms: int) -> str:
    """Whether the stock has it. The stock takes `ms` milliseconds to say so."""
    response = await stock_client.get("/stock", params={"ms": ms})
    return str(response.json()["upstream"])


async def carrier(ms: int) -> str:
    """Whether the carrier comes. It takes as long as the stock."""
    async with httpx.AsyncClient(base_url=PARTNERS) as client:
        response = await client.get("/carrier", params={"ms": ms})
    return str(response.json()["upstream"])


@app.get("/arrival")
async def arrival(ms: int = 500):
    return {"stock": await stock(ms), "carrier": await carrier(ms)}
