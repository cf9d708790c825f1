"""What it costs to insure a parcel abroad: a thread only while the blocking client is at work.

The insurer has a limiter of its own. The default 40 tokens would do as well, until somebody raises them.
"""

import asyncio
import threading
import time

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

WORKERS = 1  # how many processes serve
MOST_CALLS = 40
calls = threading.BoundedSemaphore(MOST_CALLS)
insurer = CapacityLimiter(MOST_CALLS)  # at most 40 calls to the insurer, however many thread tokens there are


def insured_cents(value: int) -> int:
    """The insurer's own client, which blocks. A process may have 40 calls at once."""
    accepted = calls.acquire(blocking=False)
    time.sleep(0.2)
    if not accepted:
        raise RuntimeError(f"refused: {MOST_CALLS} calls were open already")
    calls.release()
    return value // 200


async def rate_async() -> float:
    """The bank's client, to be awaited."""
    await asyncio.sleep(0.8)
    return 1.25


app = FastAPI()


@app.get("/insurance")
async def insurance(value: int = 8000):
    current = await rate_async()  # takes no token
    cents = await to_thread.run_sync(insured_cents, value, limiter=insurer)
    return {"value": value, "cents": round(current * cents)}


@app.get("/health")
async def health():
    return {"status": "ok"}
