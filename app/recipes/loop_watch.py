import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

ALARM_S = 0.5
log = logging.getLogger("uvicorn.error")


def watch(loop: asyncio.AbstractEventLoop, thread_id: int, ended: threading.Event) -> None:
    """Runs in a thread of its own: asks the loop for a sign, and logs where it is if none comes within `ALARM_S`."""
    looked_s = time.monotonic()
    while not ended.wait(ALARM_S / 5):
        late_s = time.monotonic() - looked_s - ALARM_S / 5  # by how many seconds this thread itself is late
        if late_s > ALARM_S:
            log.warning("could not look for %.1f s: other code kept Python's lock, or the process got no CPU", late_s)
        sign = threading.Event()
        try:
            loop.call_soon_threadsafe(sign.set)
        except RuntimeError:  # the loop was closed a moment ago
            return
        if not sign.wait(ALARM_S):
            stack = "".join(traceback.format_stack(sys._current_frames()[thread_id]))
            log.warning("event loop blocked for %.1f s or more, now in:\n%s", ALARM_S, stack)
            while not sign.wait(ALARM_S) and not ended.is_set():
                pass  # each block is logged once
        looked_s = time.monotonic()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    ended = threading.Event()
    watched = asyncio.get_running_loop(), threading.get_ident(), ended
    threading.Thread(target=watch, args=watched, daemon=True).start()
    yield
    ended.set()


app = FastAPI(lifespan=lifespan)
