"""A tempting repair: so many threads that they last for a while."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import to_thread
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
CATALOG_CENTS = {"tea": 12}  # always known, and good enough where today's price isn't
prices = httpx.Client(base_url=os.environ["UPSTREAM_URL"], timeout=None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = 500
    yield


app = FastAPI(lifespan=lifespan)


def todays_cents(ms: int) -> int:
    """Asks the price service, which takes `ms` milliseconds."""
    return int(prices.get("/", params={"ms": ms}).json()["price"])


@app.get("/article")
def article(ms: int = 100, item: str = "tea"):
    if item not in CATALOG_CENTS:
        raise HTTPException(404, "no such article")
    catalog = CATALOG_CENTS[item]
    today = todays_cents(ms)
    return {"item": item, "catalog_cents": catalog, "cents": today}


@app.get("/health")
def health():
    return {"status": "ok"}
