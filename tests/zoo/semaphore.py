"""A semaphore, as services put one before whatever they want to spare."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
slots = asyncio.Semaphore(5)


@app.get("/")
async def wait():
    async with slots:
        await asyncio.sleep(0.2)
    return {}
