"""What a shop's page says of an article: three calls side by side, of which one holds a token, while it blocks."""

import asyncio
import time

import anyio
from anyio import to_thread
from fastapi import FastAPI

WORKERS = 1  # how many processes serve


async def reviews(sku: str) -> float:
    """The reviews' client, which must be awaited."""
    await anyio.sleep(0.6)
    return 4.5


async def delivery(sku: str) -> int:
    """The carrier's client, which must be awaited."""
    await anyio.sleep(0.6)
    return 2


def stock(sku: str) -> int:
    """The warehouse's client, which blocks; there's no other."""
    time.sleep(0.1)
    return 17


app = FastAPI()


@app.get("/article")
async def article(sku: str = "lamp"):
    stars, days, in_stock = await asyncio.gather(reviews(sku), delivery(sku), to_thread.run_sync(stock, sku))
    return {"sku": sku, "stars": stars, "days": days, "in_stock": in_stock}
