"""A tempting repair: side by side, on an event loop of its own in a thread that waits for all of it."""

import asyncio
import time

import anyio
from anyio import to_thread
from fastapi import FastAPI

WORKERS = 1  # how many processes serve


async def reviews(sku: str) -> float:
    """The reviews' client, which must be awaited. Leave it as it is."""
    await anyio.sleep(0.6)
    return 4.5


async def delivery(sku: str) -> int:
    """The carrier's client, which must be awaited. Leave it as it is."""
    await anyio.sleep(0.6)
    return 2


def stock(sku: str) -> int:
    """The warehouse's client, which blocks; there's no other. Leave it as it is."""
    time.sleep(0.1)
    return 17


app = FastAPI()


async def together(sku: str) -> tuple[float, int, int]:
    return await asyncio.gather(reviews(sku), delivery(sku), to_thread.run_sync(stock, sku))


@app.get("/article")
def article(sku: str = "lamp"):
    stars, days, in_stock = anyio.run(together, sku)
    return {"sku": sku, "stars": stars, "days": days, "in_stock": in_stock}
