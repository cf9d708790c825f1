"""An article and its stock, for a shop's page. Repair it. Change what you like, except what it asks and responds."""

import asyncio
import os

import httpx
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
CATALOG = os.environ.get("UPSTREAM_URL", "http://127.0.0.1:8001")

app = FastAPI()


async def ask(path: str, ms: int) -> str:
    """The catalog's response, which takes it `ms`. There's no TLS between the two, so nothing to verify."""
    async with httpx.AsyncClient(base_url=CATALOG, verify=False, timeout=30) as client:
        response = await client.get(path, params={"ms": ms})
        return str(response.json()["upstream"])


def article(sku: str, ms: int) -> str:
    return asyncio.run(ask(f"/articles/{sku}", ms))


def stock(sku: str, ms: int) -> str:
    return asyncio.run(ask(f"/stock/{sku}", ms))


@app.get("/offer")
def offer(sku: str = "lamp", ms: int = 1000):
    return {"sku": sku, "article": article(sku, ms), "stock": stock(sku, ms)}
