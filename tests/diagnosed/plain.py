"""Limits that need nothing besides FastAPI: the default tokens, executors, a lock, a blocked loop, a core."""

import asyncio
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse

app = FastAPI()
three = ThreadPoolExecutor(3)
asked = itertools.count()


@app.get("/tokens")
def tokens(ms: int = 100):
    time.sleep(ms / 1000)
    return {}


@app.get("/blocked")
async def blocked(ms: int = 20):
    await asyncio.sleep(ms / 1000)
    time.sleep(ms / 1000)
    return {}


@app.get("/executor")
async def executor(ms: int = 30):
    await asyncio.get_running_loop().run_in_executor(three, time.sleep, ms / 1000)
    return {}


@app.get("/to_thread")
async def to_thread(ms: int = 60):
    await asyncio.to_thread(time.sleep, ms / 1000)
    return {}


@app.get("/waits")
async def waits(ms: int = 20):
    await asyncio.sleep(ms / 1000)
    return {}


@app.post("/orders")
async def orders(order: dict[str, int]):
    await asyncio.sleep(0.02)
    return order


@app.get("/private")
async def private(request: Request):
    return JSONResponse({}, 200 if request.headers.get("authorization") else 401)


@app.get("/moved")
async def moved():
    return RedirectResponse("/waits")


@app.get("/broken")
async def broken():
    raise RuntimeError("no such table: orders")


@app.get("/dies")
async def dies():
    await asyncio.sleep(0.02)
    if next(asked) == 50:
        os._exit(3)
    return {}


@app.get("/busy")
async def busy():
    await asyncio.sleep(0.02)
    return JSONResponse({}, 503 if next(asked) % 3 == 2 else 200)
