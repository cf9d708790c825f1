"""What a shop's page says of an article, from three places. Repair it. Change what you like, except the three calls."""

import time

import anyio
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


@app.get("/article")
def article(sku: str = "lamp"):
    stars = anyio.run(reviews, sku)
    days = anyio.run(delivery, sku)
    return {"sku": sku, "stars": stars, "days": days, "in_stock": stock(sku)}
