"""A service that asks another one for a price, from `def` and from `async def`; and two health checks.

An app of its own: `uvicorn app.hung:app`. The other service is named by UPSTREAM_URL.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import to_thread
from fastapi import FastAPI
from pydantic import Field
from pydantic_settings import BaseSettings

from app.metrics import CountResponses
from app.settings import Settings
from app.waiting import Milliseconds


class Calls(BaseSettings):
    """Read once at import, from environment variables of these names in capitals."""

    upstream_url: str = Field(default="http://127.0.0.1:8001", description="Where the other service listens.")
    upstream_timeout_s: float = Field(default=0, ge=0, description="A call's timeout, seconds; 0: none.")
    upstream_connections: int = Field(default=0, ge=0, description="A client's connections at most; 0: any number.")


CALLS = Calls()
TIMEOUT = httpx.Timeout(CALLS.upstream_timeout_s or None)
LIMITS = httpx.Limits(max_connections=CALLS.upstream_connections or None, max_keepalive_connections=100)

client = httpx.Client(base_url=CALLS.upstream_url, timeout=TIMEOUT, limits=LIMITS)
async_client = httpx.AsyncClient(base_url=CALLS.upstream_url, timeout=TIMEOUT, limits=LIMITS)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = Settings().thread_tokens
    yield


app = FastAPI(title="A service that asks another one", lifespan=lifespan)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    app.add_middleware(CountResponses)


# --8<-- [start:price]
@app.get("/price")
def price(ms: Milliseconds = 250):
    try:
        return client.get("/", params={"ms": ms}).json()
    except httpx.TimeoutException:
        return {"price": None}  # better than no response


@app.get("/health")
def health():
    return {"status": "ok"}


# --8<-- [end:price]


@app.get("/price_async")
async def price_async(ms: Milliseconds = 250):
    try:
        return (await async_client.get("/", params={"ms": ms})).json()
    except httpx.TimeoutException:
        return {"price": None}


@app.get("/health_async")
async def health_async():
    return {"status": "ok"}
