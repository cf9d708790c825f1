"""A service that responds after a short wait, and that stands still once: the stall that labs look for.

A garbage collection, a page of memory fetched from disk, a neighbour on the same machine or a blocking
call somewhere in a background task look the same from outside: for a while nothing runs.
"""

import asyncio
import time
from functools import cache

from fastapi import APIRouter
from pydantic import Field
from pydantic_settings import BaseSettings

from app.waiting import WAITED, Milliseconds


class Stall(BaseSettings):
    """Read once at import, from the environment variables STALL_AFTER_S and STALL_S."""

    stall_after_s: float = Field(default=10.0, ge=0, description="The stall begins so long after the first request.")
    stall_s: float = Field(default=0.0, ge=0, le=60, description="How long it lasts; 0: there is none.")


STALL = Stall()
router = APIRouter(tags=["stalling"])


# --8<-- [start:stall]
@cache
def begin() -> None:
    """The first call starts the clock of this worker's one stall; the later ones do nothing."""
    asyncio.get_running_loop().call_later(STALL.stall_after_s, time.sleep, STALL.stall_s)


@router.get("/stalls_once", responses=WAITED)
async def stalls_once(ms: Milliseconds = 50):
    begin()
    await asyncio.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:stall]
