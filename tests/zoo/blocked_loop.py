"""A blocking call in an `async def`: one request at a time, and the CPU does nothing."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def block():
    time.sleep(0.04)
    return {}
