import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException, Request

CALLS = 20  # at once, for each worker
KEPT_S = 2.5  # an idle connection: for less time than the other service keeps it (lab 26)
PATIENCE_S = 1.0  # the longest wait for a turn
WHOLE_S = 4.0  # the longest call: httpx's own timeout begins again with each piece that arrives
limits = httpx.Limits(max_connections=CALLS, max_keepalive_connections=CALLS, keepalive_expiry=KEPT_S)
timeout = httpx.Timeout(2.0, connect=0.5)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:8001", limits=limits, timeout=timeout) as client:
        app.state.upstream, app.state.turns = client, asyncio.Semaphore(CALLS)
        yield


async def call(request: Request, path: str) -> httpx.Response:
    """The upstream's response. 503 if no turn comes in time, 504 if the upstream takes too long."""
    turns = request.app.state.turns
    try:
        async with asyncio.timeout(PATIENCE_S):
            await turns.acquire()
    except TimeoutError:
        raise HTTPException(503, "too many calls wait for the upstream") from None
    try:
        async with asyncio.timeout(WHOLE_S):
            response: httpx.Response = await request.app.state.upstream.get(path)
    except (httpx.TimeoutException, TimeoutError):
        raise HTTPException(504, "the upstream took too long") from None
    finally:
        turns.release()
    return response


app = FastAPI(lifespan=lifespan)


@app.get("/weather")
async def weather(request: Request) -> dict[str, int]:
    return {"upstream_status": (await call(request, "/weather")).status_code}
