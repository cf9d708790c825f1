"""The same computing in C code that releases the interpreter lock while it computes, in two places."""

import hashlib
import time

from fastapi import APIRouter

from app.computing import COMPUTED, CpuMilliseconds

router = APIRouter(tags=["computing"])

# --8<-- [start:digest]
BLOCK = bytes(1_000_000)  # hashlib keeps the lock for inputs below 2 kB


def digest(ms: int) -> str:
    """Use `ms` milliseconds of CPU time, or a block more."""
    ends_s = time.thread_time() + ms / 1000
    found = hashlib.sha256()
    while time.thread_time() < ends_s:
        found.update(BLOCK)
    return found.hexdigest()


# --8<-- [end:digest]


# --8<-- [start:inline]
@router.get("/hash_inline", responses=COMPUTED)
async def hash_inline(ms: CpuMilliseconds = 50):
    digest(ms)
    return {"cpu_ms": ms}


# --8<-- [end:inline]


# --8<-- [start:in_def]
@router.get("/hash_def", responses=COMPUTED)
def hash_def(ms: CpuMilliseconds = 50):
    digest(ms)
    return {"cpu_ms": ms}


# --8<-- [end:in_def]
