import os

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter

router = APIRouter()


@router.get("/debug/tokens")
async def tokens() -> dict[str, int | float]:
    now = current_default_thread_limiter().statistics()
    return {"worker": os.getpid(), "taken": now.borrowed_tokens, "of": now.total_tokens, "waiting": now.tasks_waiting}
