"""AnyIO's limiters (tested with 4.16): the thread tokens, and those that the app makes."""

import sys
from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import("anyio._backends._asyncio", lambda module: hooks.after_init(module.CapacityLimiter, _note))


def _note(limiter: Any) -> None:
    by = sys._getframe(2).f_code.co_name
    kind = "thread tokens" if by == "current_default_thread_limiter" else "limiter"
    resources.note(limiter, kind, _read, resources.maker("anyio"))


def _read(limiter: Any) -> resources.Told:
    return limiter.total_tokens, limiter.borrowed_tokens, limiter.statistics().tasks_waiting
