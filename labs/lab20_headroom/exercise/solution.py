"""What customers owe, from an old system: one pool, with room for calls that come close together."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI

WORKERS = 1  # how many processes serve: a call can't move to another one's tokens
CALLS_PER_S = 100  # in all, at the busiest time
CALL_S = 0.2
MAY_WAIT = 0.1  # of the calls


def share_that_waits(tokens: int, busy: float) -> float:
    """Erlang C: `busy` tokens are in use on average."""
    refused = 1.0
    for number in range(1, tokens + 1):
        refused = busy * refused / (number + busy * refused)
    return refused / (1 - busy / tokens * (1 - refused))


def enough_tokens(busy: float) -> int:
    tokens = int(busy) + 1
    while share_that_waits(tokens, busy) > MAY_WAIT:
        tokens += 1
    return tokens


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = enough_tokens(CALLS_PER_S * CALL_S)  # 27
    yield


app = FastAPI(lifespan=lifespan)


def ask_old_system(ms: int) -> int:
    """The old system's client. A call takes one of the licensed sessions for `ms` milliseconds. Leave it as it is."""
    time.sleep(ms / 1000)
    return 4200


@app.get("/balance")
def balance(ms: int = 200):
    return {"cents": ask_old_system(ms)}
