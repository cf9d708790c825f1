"""What the capstone may not change: its parameter, its documented responses, and two suppliers' clients."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import Query

Milliseconds = Annotated[int, Query(ge=0, le=10_000, description="How long the query takes.")]

SHOWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What the page shows.",
        "content": {"application/json": {"example": {"rows": [], "reviews": ["good"], "price_cents": 1990}}},
    },
    503: {"description": "No connection became free in time, or no async pool was opened."},
}


# --8<-- [start:suppliers]
async def reviews(ms: int) -> list[str]:
    """One supplier's client awaits, three times `ms`."""
    await asyncio.sleep(3 * ms / 1000)
    return ["good"]


def price_cents(ms: int) -> int:
    """The other's blocks the thread it is called in, for half of `ms`."""
    time.sleep(ms / 2000)
    return 1990


# --8<-- [end:suppliers]
