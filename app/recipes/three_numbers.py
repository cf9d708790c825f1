import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool

EVERY_S = 0.5
log = logging.getLogger("uvicorn.error")


def report(
    loop: asyncio.AbstractEventLoop, tokens: CapacityLimiter, pool: AsyncConnectionPool, ended: threading.Event
) -> None:
    """Runs in a thread of its own, so that it can report while the loop is blocked."""
    while not ended.wait(EVERY_S):
        asked_s, served = time.monotonic(), threading.Event()
        try:
            loop.call_soon_threadsafe(served.set)
        except RuntimeError:  # the loop was closed a moment ago
            return
        while not served.wait(EVERY_S) and not ended.is_set():
            log.warning("loop lag more than %.0f ms", 1000 * (time.monotonic() - asked_s))
        log.info(
            "worker %d: loop lag %.0f ms, waiting for a token %d, waiting for a connection %d",
            os.getpid(),
            1000 * (time.monotonic() - asked_s),
            tokens.statistics().tasks_waiting,
            pool.get_stats().get("requests_waiting", 0),
        )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    ended = threading.Event()
    async with AsyncConnectionPool(open=False) as pool:
        app.state.pool = pool
        tokens = current_default_thread_limiter()  # can be asked for only on the loop
        watch = asyncio.get_running_loop(), tokens, pool, ended
        threading.Thread(target=report, args=watch, daemon=True).start()
        yield
        ended.set()


app = FastAPI(lifespan=lifespan)
