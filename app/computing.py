"""The same computing in four places, and the route that wants nothing of it.

The load endpoints have no response model and no return annotation: see `app.waiting`.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from app import executors
from app.burning import burn

CpuMilliseconds = Annotated[int, Query(ge=0, le=200, description="CPU time to use.")]

COMPUTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Computed.", "content": {"application/json": {"example": {"cpu_ms": 50}}}}
}
COMPUTED_BESIDE = COMPUTED | {503: {"description": "No process pool: start the app with COMPUTE_PROCESSES above 0."}}

router = APIRouter(tags=["computing"])


# --8<-- [start:inline]
@router.get("/cpu_inline", responses=COMPUTED)
async def cpu_inline(ms: CpuMilliseconds = 50):
    burn(ms)  # on the event loop's own thread
    return {"cpu_ms": ms}


# --8<-- [end:inline]


# --8<-- [start:in_def]
@router.get("/cpu_def", responses=COMPUTED)
def cpu_def(ms: CpuMilliseconds = 50):
    burn(ms)  # on one of AnyIO's threads
    return {"cpu_ms": ms}


# --8<-- [end:in_def]


# --8<-- [start:to_thread]
@router.get("/cpu_to_thread", responses=COMPUTED)
async def cpu_to_thread(ms: CpuMilliseconds = 50):
    await asyncio.to_thread(burn, ms)  # on one of asyncio's threads
    return {"cpu_ms": ms}


# --8<-- [end:to_thread]


# --8<-- [start:in_process]
@router.get("/cpu_process", responses=COMPUTED_BESIDE)
async def cpu_process(ms: CpuMilliseconds = 50):
    if executors.process_pool is None:
        raise HTTPException(503, "no process pool: start the app with COMPUTE_PROCESSES above 0")
    await asyncio.get_running_loop().run_in_executor(executors.process_pool, burn, ms)
    return {"cpu_ms": ms}


# --8<-- [end:in_process]


# --8<-- [start:health]
@router.get("/health")
async def health():
    return {"well": True}


# --8<-- [end:health]
