"""Shedding load: a door that counts requests in flight, and an answer that closes its connection."""

import os
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Response

from app.waiting import WAITED, Milliseconds

router = APIRouter(tags=["shedding"])

SHED: dict[int | str, dict[str, Any]] = {
    **WAITED,
    503: {"description": "As many requests as the door admits are in flight: ask again later."},
}


# --8<-- [start:door]
class Door:
    """Admits at most `most` requests at once and refuses the others at the threshold."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.inside = 0

    async def __call__(self) -> AsyncIterator[None]:  # async: it takes no thread token itself
        if self.inside >= self.most:
            raise HTTPException(503, "busy", headers={"Retry-After": "1"})
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


door = Door(int(os.environ.get("ADMITTED", "80")))


@router.get("/behind_a_door", responses=SHED, dependencies=[Depends(door)])
def behind_a_door(ms: Milliseconds = 500):
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:door]


# --8<-- [start:closing]
@router.get("/closing", responses=WAITED)
def closing(response: Response, ms: Milliseconds = 500):
    time.sleep(ms / 1000)
    response.headers["Connection"] = "close"
    return {"wait_ms": ms}


# --8<-- [end:closing]
