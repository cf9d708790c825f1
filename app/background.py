"""Work after the response: background tasks that are `def`, that are `async def`, and that block the event loop.

No route has a response model or a return annotation: see `app.waiting`.
"""

import asyncio
import time

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, BackgroundTasks

from app.waiting import WAITED, Milliseconds

router = APIRouter(tags=["background"])
TASK_SLOTS = 5
TIMES_AS_LONG = 4  # the task of a def route, compared with the route itself


# --8<-- [start:tasks]
# a def task needs a thread
def write(ms: int) -> None:
    time.sleep(ms / 1000)


# an async def task that awaits needs none
async def notify(ms: int) -> None:
    await asyncio.sleep(ms / 1000)


# an async def task that blocks needs the event loop
async def compress(ms: int) -> None:
    time.sleep(ms / 1000)


# --8<-- [end:tasks]


@router.get("/task_def", responses=WAITED)
async def task_def(tasks: BackgroundTasks, ms: Milliseconds = 1000):
    tasks.add_task(write, ms)
    return {"wait_ms": ms}


@router.get("/task_awaits", responses=WAITED)
async def task_awaits(tasks: BackgroundTasks, ms: Milliseconds = 1000):
    tasks.add_task(notify, ms)
    return {"wait_ms": ms}


@router.get("/task_blocks", responses=WAITED)
async def task_blocks(tasks: BackgroundTasks, ms: Milliseconds = 100):
    tasks.add_task(compress, ms)
    return {"wait_ms": ms}


@router.get("/def_task_def", responses=WAITED)
def def_task_def(tasks: BackgroundTasks, ms: Milliseconds = 100):
    time.sleep(ms / 1000)
    tasks.add_task(write, TIMES_AS_LONG * ms)
    return {"wait_ms": ms}


task_slots = CapacityLimiter(TASK_SLOTS)


async def write_limited(ms: int) -> None:
    await to_thread.run_sync(write, ms, limiter=task_slots)


@router.get("/task_limited", responses=WAITED)
async def task_limited(tasks: BackgroundTasks, ms: Milliseconds = 1000):
    tasks.add_task(write_limited, ms)
    return {"wait_ms": ms}
