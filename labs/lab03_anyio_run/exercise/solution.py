"""An article and its stock, for a shop's page: awaited on the worker's own loop, by one client for the whole app."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
CATALOG = os.environ.get("UPSTREAM_URL", "http://127.0.0.1:8001")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)  # else httpx keeps only 20 of them
    async with httpx.AsyncClient(base_url=CATALOG, verify=False, timeout=30, limits=limits) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(path: str, ms: int) -> str:
    """The catalog's response, which takes it `ms`. There's no TLS between the two, so nothing to verify."""
    response = await app.state.client.get(path, params={"ms": ms})
    return str(response.json()["upstream"])


@app.get("/offer")
async def offer(sku: str = "lamp", ms: int = 1000):
    return {"sku": sku, "article": await ask(f"/articles/{sku}", ms), "stock": await ask(f"/stock/{sku}", ms)}
