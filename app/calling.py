"""A service that calls an upstream with httpx: `uvicorn app.calling:app`, the upstream named in UPSTREAM_URL.

The endpoints have no response model and no return annotation: see `app.waiting`.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from anyio import to_thread
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from pydantic_settings import BaseSettings

from app.metrics import CountResponses
from app.waiting import WAITED, Milliseconds


class Settings(BaseSettings):
    """Read once at import, from the environment variables named like the fields (any case)."""

    thread_tokens: int = Field(default=40, ge=1, le=10_000, description="Slots for `def` endpoints, per worker.")
    upstream_url: str = Field(default="http://127.0.0.1:8001", description="Where the upstream listens.")
    pool_max_size: int = Field(default=100, ge=1, le=10_000, description="Connections of each shared client.")
    pool_keep_alive: int = Field(default=20, ge=0, le=10_000, description="Connections it keeps for the next call.")
    pool_timeout_s: float = Field(default=5.0, gt=0, description="Longest wait for a connection, seconds.")


settings = Settings()
UPSTREAM = settings.upstream_url

# --8<-- [start:clients]
limits = httpx.Limits(
    max_connections=settings.pool_max_size,
    max_keepalive_connections=settings.pool_keep_alive,
)
timeout = httpx.Timeout(5.0, pool=settings.pool_timeout_s)
shared = httpx.AsyncClient(limits=limits, timeout=timeout)
sync_shared = httpx.Client(limits=limits, timeout=timeout)
# --8<-- [end:clients]
turns = asyncio.Semaphore(settings.pool_max_size)
tls_context: ssl.SSLContext = httpx.create_ssl_context()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = settings.thread_tokens
    with sync_shared:
        async with shared:
            yield


router = APIRouter(tags=["calling"])

CALLED: dict[int | str, dict[str, Any]] = WAITED | {503: {"description": "The call got no connection in time."}}


async def client_exhausted(request: Request, error: Exception) -> JSONResponse:
    """The documented 503: no connection of the client, or no turn, within `pool_timeout_s`."""
    return JSONResponse({"detail": "the HTTP client had no connection free in time"}, status_code=503)


# --8<-- [start:client_per_request]
@router.get("/client_per_request", responses=CALLED)
async def client_per_request(ms: Milliseconds = 500):
    async with httpx.AsyncClient() as client:
        await client.get(UPSTREAM, params={"ms": ms})
    return {"wait_ms": ms}


# --8<-- [end:client_per_request]


@router.get("/client_per_request_one_context", responses=CALLED)
async def client_per_request_one_context(ms: Milliseconds = 500):
    async with httpx.AsyncClient(verify=tls_context) as client:
        await client.get(UPSTREAM, params={"ms": ms})
    return {"wait_ms": ms}


# --8<-- [start:shared_client]
@router.get("/shared_client", responses=CALLED)
async def shared_client(ms: Milliseconds = 500):
    await shared.get(UPSTREAM, params={"ms": ms})
    return {"wait_ms": ms}


# --8<-- [end:shared_client]


# --8<-- [start:own_limit]
@router.get("/own_limit", responses=CALLED)
async def own_limit(ms: Milliseconds = 500):
    async with asyncio.timeout(settings.pool_timeout_s):
        await turns.acquire()
    try:
        await shared.get(UPSTREAM, params={"ms": ms})
    finally:
        turns.release()
    return {"wait_ms": ms}


# --8<-- [end:own_limit]


# --8<-- [start:sync_client]
@router.get("/sync_client", responses=CALLED)
def sync_client(ms: Milliseconds = 500):
    sync_shared.get(UPSTREAM, params={"ms": ms})
    return {"wait_ms": ms}


# --8<-- [end:sync_client]

app = FastAPI(title="Calls an upstream", lifespan=lifespan)
app.add_exception_handler(httpx.PoolTimeout, client_exhausted)
app.add_exception_handler(TimeoutError, client_exhausted)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    app.add_middleware(CountResponses)
app.include_router(router)
