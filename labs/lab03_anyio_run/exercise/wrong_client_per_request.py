"""A tempting repair: awaited on the worker's own loop, and still a new client for each call."""

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


async def article(sku: str, ms: int) -> str:
    return await ask(f"/articles/{sku}", ms)


async def stock(sku: str, ms: int) -> str:
    return await ask(f"/stock/{sku}", ms)


@app.get("/offer")
async def offer(sku: str = "lamp", ms: int = 1000):
    return {"sku": sku, "article": await article(sku, ms), "stock": await stock(sku, ms)}
