"""Orders for a warehouse. Repair it. Change what you like, except what a customer is told."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
waiting: list[str] = []  # accepted, and not yet with the warehouse
warehouse = httpx.AsyncClient(base_url=os.environ["UPSTREAM_URL"])


async def deliver() -> None:
    """Hands all that wait to the warehouse in one call."""
    batch = waiting.copy()
    waiting.clear()
    if batch:
        await warehouse.post("/batches", json=batch)


async def deliver_all_the_time() -> None:
    while True:
        await deliver()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    delivering = asyncio.create_task(deliver_all_the_time())
    yield
    delivering.cancel()
    await warehouse.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/order")
async def order(number: str = "0"):
    waiting.append(number)
    return {"accepted": True}
