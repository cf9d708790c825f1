import time

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

router = APIRouter()


@router.get("/report")
async def report() -> dict[str, str]:
    await run_in_threadpool(time.sleep, 0.5)  # the blocking call, in a thread: it takes a token
    return {"report": "ready"}
