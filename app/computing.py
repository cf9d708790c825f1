"""An endpoint that only computes: it burns as much CPU time as it is asked to."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query

CpuMilliseconds = Annotated[int, Query(ge=0, le=1_000, description="CPU time to burn.")]

COMPUTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The CPU time is burnt.",
        "content": {"application/json": {"example": {"computed_ms": 20}}},
    }
}

router = APIRouter(tags=["computing"])


# --8<-- [start:compute]
def burn(cpu_s: float) -> None:
    """Compute until this thread has used `cpu_s` of CPU; waiting for a core does not count."""
    end_s = time.thread_time() + cpu_s
    while time.thread_time() < end_s:
        sum(range(500))


@router.get("/compute", responses=COMPUTED)
async def compute(ms: CpuMilliseconds = 20):
    burn(ms / 1000)
    return {"computed_ms": ms}


# --8<-- [end:compute]
