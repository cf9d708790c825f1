import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

PROCESSES = 2


def compute(n: int) -> int:
    return sum(i * i for i in range(n))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    spawn = multiprocessing.get_context("spawn")
    # each process waits at its start until the other one is there: so both run before the first request
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn, initializer=spawn.Barrier(PROCESSES).wait) as pool:
        await asyncio.gather(*(asyncio.wrap_future(pool.submit(compute, 0)) for _ in range(PROCESSES)))
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/squares")
async def squares(request: Request, n: int = 100_000) -> dict[str, int]:
    loop = asyncio.get_running_loop()
    return {"sum": await loop.run_in_executor(request.app.state.pool, compute, n)}
