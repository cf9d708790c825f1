"""A limiter of its own, tighter than the thread tokens."""

import time

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

app = FastAPI()
slots = CapacityLimiter(4)


@app.get("/")
async def wait():
    await to_thread.run_sync(time.sleep, 0.2, limiter=slots)
    return {}
