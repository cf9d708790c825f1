"""What a start-up opens beside AnyIO's thread tokens: asyncio's executor, a process pool, a limiter.

Each is sized by the environment, so that labs can vary it; without that nothing is opened.
"""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from pydantic import Field
from pydantic_settings import BaseSettings


class Sizes(BaseSettings):
    """Read from the environment variables named like the fields (any case)."""

    executor_threads: int = Field(default=0, ge=0, le=1_000, description="Of asyncio.to_thread; 0: its own choice.")
    compute_processes: int = Field(default=0, ge=0, le=64, description="Of the process pool, per worker; 0: none.")
    legacy_slots: int = Field(default=10, ge=1, le=1_000, description="Of the legacy code's own limiter, per worker.")


process_pool: ProcessPoolExecutor | None = None


# --8<-- [start:process_pool]
def open_processes(count: int) -> ProcessPoolExecutor:
    """A pool whose processes all run before its first real task: none of them starts under load."""
    context = multiprocessing.get_context("spawn")  # a fork would copy the event loop's threads half
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=context.Barrier(count).wait)
    for started in [pool.submit(int) for _ in range(count)]:
        started.result()
    return pool


# --8<-- [end:process_pool]


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    global process_pool
    sizes = Sizes()
    if sizes.executor_threads:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(sizes.executor_threads))
    if not sizes.compute_processes:
        yield
        return
    process_pool = open_processes(sizes.compute_processes)
    try:
        yield
    finally:
        process_pool.shutdown(cancel_futures=True)
        process_pool = None


router = APIRouter(lifespan=opened)
"""No routes, only the start-up: it is listed with the others."""
