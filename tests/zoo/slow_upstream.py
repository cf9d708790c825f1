"""A client without any limit, of a service that serves five at once: nothing in here is exhausted."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(limits=httpx.Limits(), timeout=60) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def call(request: Request):
    response = await request.app.state.client.get(os.environ["UPSTREAM_URL"])
    return response.json()
