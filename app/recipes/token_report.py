import os

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter

router = APIRouter()


@router.get("/debug/tokens")
async def tokens() -> dict[str, int | float]:
    now = current_default_thread_limiter().statistics()
    taken, waiting = now.borrowed_tokens, now.tasks_waiting
    return {"worker": os.getpid(), "tokens": now.total_tokens, "taken": taken, "waiting": waiting}
