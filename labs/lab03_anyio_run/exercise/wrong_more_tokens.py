"""A tempting repair: a token for every user, each of them still with a loop and a client of its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import to_thread
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
CATALOG = os.environ.get("UPSTREAM_URL", "http://127.0.0.1:8001")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = 200
    yield


app = FastAPI(lifespan=lifespan)


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
