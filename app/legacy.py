"""A call that blocks and cannot be rewritten, in five places, and a healthy route beside it.

The load endpoints have no response model and no return annotation: see `app.waiting`.
"""

import asyncio
import time
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter

from app.executors import Sizes
from app.waiting import WAITED, Milliseconds

router = APIRouter(tags=["legacy"])


# --8<-- [start:call]
def legacy_call(ms: int) -> dict[str, Any]:
    """Somebody else's library: it waits, and holds the thread it is called on."""
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:call]


# --8<-- [start:inline]
@router.get("/legacy_inline", responses=WAITED)
async def legacy_inline(ms: Milliseconds = 250):
    return legacy_call(ms)


# --8<-- [end:inline]


# --8<-- [start:in_def]
@router.get("/legacy_def", responses=WAITED)
def legacy_def(ms: Milliseconds = 250):
    return legacy_call(ms)


# --8<-- [end:in_def]


# --8<-- [start:to_thread]
@router.get("/legacy_to_thread", responses=WAITED)
async def legacy_to_thread(ms: Milliseconds = 250):
    return await asyncio.to_thread(legacy_call, ms)


# --8<-- [end:to_thread]


# --8<-- [start:limited]
legacy_slots = CapacityLimiter(Sizes().legacy_slots)


@router.get("/legacy_limited", responses=WAITED)
async def legacy_limited(ms: Milliseconds = 250):
    return await to_thread.run_sync(legacy_call, ms, limiter=legacy_slots)


# --8<-- [end:limited]


# --8<-- [start:healthy]
@router.get("/healthy", responses=WAITED)
def healthy(ms: Milliseconds = 5):
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:healthy]
