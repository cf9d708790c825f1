"""What it costs to insure a parcel abroad. Repair it. Change what you like, except the clients and the response."""

import asyncio
import threading
import time

from fastapi import FastAPI

WORKERS = 1  # how many processes serve
MOST_CALLS = 40
calls = threading.BoundedSemaphore(MOST_CALLS)


def insured_cents(value: int) -> int:
    """The insurer's own client, which blocks. A process may have 40 calls at once. Leave it as it is."""
    accepted = calls.acquire(blocking=False)
    time.sleep(0.2)
    if not accepted:
        raise RuntimeError(f"refused: {MOST_CALLS} calls were open already")
    calls.release()
    return value // 200


def rate() -> float:
    """The bank's client, which blocks. Use it as it is, or not at all."""
    time.sleep(0.8)
    return 1.25


async def rate_async() -> float:
    """The bank's other client: the same rate, to be awaited. Use it as it is, or not at all."""
    await asyncio.sleep(0.8)
    return 1.25


app = FastAPI()


@app.get("/insurance")
def insurance(value: int = 8000):
    return {"value": value, "cents": round(rate() * insured_cents(value))}


@app.get("/health")
def health():
    return {"status": "ok"}
