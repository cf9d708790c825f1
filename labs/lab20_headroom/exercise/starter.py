"""What customers owe, from an old system. Repair it. Change what you like, except the old system's client."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI

WORKERS = 4  # how many processes serve
CALLS_PER_S = 100  # in all, at the busiest time
CALL_S = 0.2
TOKENS = round(CALLS_PER_S * CALL_S / WORKERS)  # of each worker: as many calls as there are at once


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = TOKENS
    yield


app = FastAPI(lifespan=lifespan)


def ask_old_system(ms: int) -> int:
    """The old system's client. A call takes one of the licensed sessions for `ms` milliseconds. Leave it as it is."""
    time.sleep(ms / 1000)
    return 4200


@app.get("/balance")
def balance(ms: int = 200):
    return {"cents": ask_old_system(ms)}
