"""Another team's service: it takes 300 ms, and as many at once as UPSTREAM_SLOTS says (0: any number)."""

import asyncio
import os
from contextlib import nullcontext

from fastapi import FastAPI

app = FastAPI()
count = int(os.environ.get("UPSTREAM_SLOTS", "0"))
slots = asyncio.Semaphore(count) if count else nullcontext()


@app.get("/")
async def wait():
    async with slots:
        await asyncio.sleep(0.3)
    return {}
