"""Four places for 100 ms each, then 50 ms that block the loop: those whom the places let in together block together."""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()
connections = asyncio.Semaphore(4)


@app.get("/")
async def page():
    async with connections:
        await asyncio.sleep(0.1)
    time.sleep(0.05)
    return {}
