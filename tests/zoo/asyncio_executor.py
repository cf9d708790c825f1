"""asyncio.to_thread has an executor of its own, sized by the machine's cores."""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def wait():
    await asyncio.to_thread(time.sleep, 0.2)
    return {}
