"""Gives the default thread limiter and one executor another size as they are made: what a proof changes.

COURSE_METRICS_TOKENS: the tokens. COURSE_METRICS_EXECUTOR: a number and who makes the executor, "8 main in shop".
A service that sets its own size afterwards wins: whoever wants to know reads the size back.
Tested with AnyIO 4.16 and Python 3.10 to 3.13.
"""

import os
import sys
from types import ModuleType
from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    if "COURSE_METRICS_TOKENS" in os.environ:
        _also("anyio._backends._asyncio", _hook_limiter)
    if "COURSE_METRICS_EXECUTOR" in os.environ:
        _also("concurrent.futures.thread", _hook_executor)


def _also(name: str, then: hooks.Then) -> None:
    """Before what else is to be done with that module: it allows one, and what notes a limiter looks who calls."""
    other = hooks._finder.wanted.get(name)

    def both(module: ModuleType) -> None:
        then(module)
        if other is not None:
            other(module)

    hooks.after_import(name, both)


def _hook_limiter(module: ModuleType) -> None:
    hooks.after_init(module.CapacityLimiter, _set_tokens)


def _set_tokens(limiter: Any) -> None:
    if _made_by("current_default_thread_limiter"):
        limiter.total_tokens = int(os.environ["COURSE_METRICS_TOKENS"])


def _hook_executor(module: ModuleType) -> None:
    hooks.after_init(module.ThreadPoolExecutor, _set_threads)


def _set_threads(executor: Any) -> None:
    size, _, made_in = os.environ["COURSE_METRICS_EXECUTOR"].partition(" ")
    if resources.maker("concurrent", "asyncio") == made_in:
        executor._max_workers = int(size)  # it starts threads as they are needed, up to this


def _made_by(name: str) -> bool:
    """Whether a function of that name is on the way to here: hooks wrap each other."""
    frame = sys._getframe(2)
    for _ in range(6):
        if frame.f_code.co_name == name:
            return True
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return False
