import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


async def watch_loop(alarm_s: float = 0.5) -> None:
    """Prints where each thread is, file and line, when something blocks the event loop for that long.

    A shorter block, from `alarm_s / 2` on, can be reported too: that depends on when it begins.
    """
    while True:
        faulthandler.dump_traceback_later(alarm_s)
        await asyncio.sleep(alarm_s / 2)  # a loop that isn't blocked comes back in time, and sets the alarm again


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    watch = asyncio.create_task(watch_loop())
    yield
    watch.cancel()
    faulthandler.cancel_dump_traceback_later()


app = FastAPI(lifespan=lifespan)
