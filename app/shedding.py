"""Shedding load: an admission limit on requests in flight, and a response that closes its connection."""

import os
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Response

from app.waiting import WAITED, Milliseconds

router = APIRouter(tags=["shedding"])

SHED: dict[int | str, dict[str, Any]] = {
    **WAITED,
    503: {"description": "As many requests as the admission limit lets in are in flight: ask again later."},
}


# --8<-- [start:admission_limit]
class AdmissionLimit:
    """Admits at most `most` requests at once and refuses the others."""

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


admission_limit = AdmissionLimit(int(os.environ.get("ADMITTED", "80")))


@router.get("/admission_limited", responses=SHED, dependencies=[Depends(admission_limit)])
def admission_limited(ms: Milliseconds = 500):
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:admission_limit]


# --8<-- [start:closing]
@router.get("/closing", responses=WAITED)
def closing(response: Response, ms: Milliseconds = 500):
    time.sleep(ms / 1000)
    response.headers["Connection"] = "close"
    return {"wait_ms": ms}


# --8<-- [end:closing]
