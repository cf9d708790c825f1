"""A tempting repair: a token for every user."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = 200
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/article")
def article(sku: str = "lamp"):
    stars = anyio.run(reviews, sku)
    days = anyio.run(delivery, sku)
    return {"sku": sku, "stars": stars, "days": days, "in_stock": stock(sku)}
