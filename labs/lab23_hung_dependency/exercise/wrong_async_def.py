"""A tempting repair: async def holds no thread, and the calls that hang pile up instead."""

import os

import httpx
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
CATALOG_CENTS = {"tea": 12}  # always known, and good enough where today's price isn't
prices = httpx.AsyncClient(base_url=os.environ["UPSTREAM_URL"], timeout=None)

app = FastAPI()


async def todays_cents(ms: int) -> int:
    """Asks the price service, which takes `ms` milliseconds."""
    return int((await prices.get("/", params={"ms": ms})).json()["price"])


@app.get("/article")
async def article(ms: int = 100, item: str = "tea"):
    if item not in CATALOG_CENTS:
        raise HTTPException(404, "no such article")
    catalog = CATALOG_CENTS[item]
    today = await todays_cents(ms)
    return {"item": item, "catalog_cents": catalog, "cents": today}


@app.get("/health")
async def health():
    return {"status": "ok"}
