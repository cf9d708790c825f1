"""A tempting repair: each order is delivered on its own, before it is accepted."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
warehouse = httpx.AsyncClient(base_url=os.environ["UPSTREAM_URL"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await warehouse.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/order")
async def order(number: str = "0"):
    await warehouse.post("/batches", json=[number])
    return {"accepted": True}
