"""An order to place, and the orders to read: the same wait behind a POST with a body and behind a GET."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

Milliseconds = Annotated[int, Query(ge=0, le=60_000, description="How long the order takes.")]

router = APIRouter(tags=["ordering"])


class Order(BaseModel):
    item: str
    count: int


# --8<-- [start:post]
@router.post("/orders")
async def place_order(order: Order, ms: Milliseconds = 0):
    await asyncio.sleep(ms / 1000)
    return {"placed": order.count}


# --8<-- [end:post]


@router.get("/orders")
async def orders(ms: Milliseconds = 0):
    await asyncio.sleep(ms / 1000)
    return {"placed": 0}
