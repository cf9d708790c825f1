"""Half awaits, half blocks: lab 5's route. From outside it looks like two places."""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def mix():
    await asyncio.sleep(0.1)
    time.sleep(0.1)
    return {}
