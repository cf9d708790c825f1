import asyncio

import httpx
from fastapi import APIRouter, HTTPException

router = APIRouter()
CALLS = 100  # at once, and as many connections: so no call stands in line in the client's pool
KEPT_S = 2.5  # an idle connection: for less time than the other service keeps it (lab 26)
DEADLINE_S = 1.0  # of the whole, the wait for a turn included: httpx begins to count again with each piece that comes
turns = asyncio.Semaphore(CALLS)
client = httpx.AsyncClient(
    base_url="http://prices.internal",
    timeout=httpx.Timeout(0.5),  # seconds of silence; without this argument it is 5
    limits=httpx.Limits(max_connections=CALLS, max_keepalive_connections=CALLS, keepalive_expiry=KEPT_S),
)


@router.get("/price")
async def price() -> dict[str, float]:
    try:
        async with asyncio.timeout(DEADLINE_S), turns:
            found: dict[str, float] = (await client.get("/price")).json()
            return found
    except (httpx.TimeoutException, TimeoutError):
        raise HTTPException(503, "no price in time", headers={"Retry-After": "1"}) from None
