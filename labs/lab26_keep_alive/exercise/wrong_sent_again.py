"""A tempting repair: what got no response is sent again, whether or not the bank has booked it."""

import os
from uuid import uuid4

import httpx
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
ATTEMPTS = 3
bank = httpx.AsyncClient(base_url=os.environ["UPSTREAM_URL"])

app = FastAPI()


async def book(number: str, cents: int) -> None:
    """Books an order. With an Idempotency-Key in its headers, the bank books once however often it's asked."""
    for attempt in range(ATTEMPTS):
        try:
            response = await bank.post("/bookings", json={"order": number, "cents": cents})
            response.raise_for_status()
            return
        except httpx.RemoteProtocolError:
            if attempt == ATTEMPTS - 1:
                raise


async def times_booked(number: str) -> int:
    """The bank's statement of an order."""
    response = await bank.get(f"/bookings/{number}")
    return int(response.json()["times"])


@app.post("/orders")
async def order(cents: int = 1250):
    number = uuid4().hex
    await book(number, cents)
    if await times_booked(number) > 1:
        raise HTTPException(409, "booked twice")
    return {"cents": cents, "booked": True}
