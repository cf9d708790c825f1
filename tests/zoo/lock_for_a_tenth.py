"""A lock that is held for a tenth of the request: from outside it looks like ten places."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
lock = asyncio.Lock()


@app.get("/")
async def wait():
    await asyncio.sleep(0.72)
    async with lock:
        await asyncio.sleep(0.08)
    return {}
