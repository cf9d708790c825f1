"""Orders, each booked at a bank. Repair it. Change what you like, except the bank's statement and the response."""

import os
from uuid import uuid4

import httpx
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
bank = httpx.AsyncClient(base_url=os.environ["UPSTREAM_URL"])

app = FastAPI()


async def book(number: str, cents: int) -> None:
    """Books an order. With an Idempotency-Key in its headers, the bank books once however often it's asked."""
    response = await bank.post("/bookings", json={"order": number, "cents": cents})
    response.raise_for_status()


async def times_booked(number: str) -> int:
    """The bank's statement of an order."""
    response = await bank.get(f"/bookings/{number}")
    return int(response.json()["times"])


@app.post("/orders")
async def order(cents: int = 1250):
    number = uuid4().hex
    await book(number, cents)
    if await times_booked(number) > 1:
        raise HTTPException(409, "booked twice")  # leave this as it is
    return {"cents": cents, "booked": True}
