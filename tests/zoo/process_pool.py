"""Two processes beside the worker; they wait, so no core is full."""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        await asyncio.gather(*[asyncio.wrap_future(pool.submit(time.sleep, 0.2)) for _ in range(4)])
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def wait(request: Request):
    await asyncio.get_running_loop().run_in_executor(request.app.state.pool, time.sleep, 0.2)
    return {}
