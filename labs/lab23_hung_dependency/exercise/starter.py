"""What an article costs today. Repair it. Change what you like, except the catalog and the response."""

import os

import httpx
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
CATALOG_CENTS = {"tea": 12}  # always known, and good enough where today's price isn't
prices = httpx.Client(base_url=os.environ["UPSTREAM_URL"], timeout=None)

app = FastAPI()


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
