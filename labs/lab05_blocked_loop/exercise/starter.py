"""The price of a parcel. Repair it. Change what you like, except the carrier's client and the response."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

WORKERS = 1  # how many processes serve
fuel_cents = 0


def carrier_price(grams: int) -> int:
    """The carrier's own client, which blocks. Leave it as it is."""
    time.sleep(0.1)
    return 350 + grams // 100


async def refresh() -> None:
    """Asks for the price of fuel, all the time."""
    global fuel_cents
    while True:
        fuel_cents = carrier_price(0) - 350
        await asyncio.sleep(0.1)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(refresh())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/parcel")
async def parcel(grams: int = 1200):
    await asyncio.sleep(0.05)  # the stock, which has an async client
    cents = carrier_price(grams) + fuel_cents
    return {"grams": grams, "in_stock": True, "price_cents": cents}


@app.get("/health")
async def health():
    return {"status": "ok"}
