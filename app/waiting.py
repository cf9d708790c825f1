"""Endpoints that only wait: each `def` beside its `async def` twin.

None has a response model or a return annotation: for a `def` endpoint FastAPI would then
validate the response in the thread pool too, and one request would spend two thread tokens.
"""

import asyncio
import time
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query

Milliseconds = Annotated[int, Query(ge=0, le=60_000, description="How long each wait lasts.")]

WAITED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The wait is over.",
        "content": {"application/json": {"example": {"wait_ms": 1000}}},
    }
}

router = APIRouter(tags=["waiting"])


# --8<-- [start:async_sleep]
@router.get("/async_endpoint_async_processing", responses=WAITED)
async def async_endpoint_async_processing(ms: Milliseconds = 1000):
    await asyncio.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:async_sleep]


# --8<-- [start:sync_sleep]
@router.get("/sync_endpoint_sync_processing", responses=WAITED)
def sync_endpoint_sync_processing(ms: Milliseconds = 1000):
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:sync_sleep]


# --8<-- [start:anyio_run]
@router.get("/sync_endpoint_async_processing", responses=WAITED)
def sync_endpoint_async_processing(ms: Milliseconds = 1000):
    anyio.run(asyncio.sleep, ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:anyio_run]


# --8<-- [start:sync_mix]
@router.get("/sync_endpoint_mix_processing", responses=WAITED)
def sync_endpoint_mix_processing(ms: Milliseconds = 500):
    anyio.run(asyncio.sleep, ms / 1000)
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:sync_mix]


# --8<-- [start:async_mix]
@router.get("/async_endpoint_mix_processing", responses=WAITED)
async def async_endpoint_mix_processing(ms: Milliseconds = 500):
    await asyncio.sleep(ms / 1000)
    time.sleep(ms / 1000)  # holds the event loop: no other request of this worker goes on
    return {"wait_ms": ms}


# --8<-- [end:async_mix]
