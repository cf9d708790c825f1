"""What a worker of a service on SQLAlchemy runs out of: a line in its log every ten seconds, and `/debug/limits`."""

import asyncio
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import Engine, event
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool
from starlette.types import ASGIApp, Receive, Scope, Send

EVERY_S, ALARM_S = 10.0, 0.5
log = logging.getLogger("uvicorn.error")
router = APIRouter()
queries: ContextVar[list[int] | None] = ContextVar("of this request", default=None)


class CountedPool(QueuePool):
    """`create_engine(…, poolclass=CountedPool)`: it knows how many wait for a connection; SQLAlchemy's own doesn't."""

    def __init__(self, creator: Any, pool_size: int = 5, max_overflow: int = 10, **more: Any) -> None:
        super().__init__(creator, pool_size, max_overflow, **more)
        self.most = pool_size + max_overflow if max_overflow >= 0 else None  # -1: no limit
        self.asking = set[object]()

    def connect(self) -> Any:
        me = object()
        self.asking.add(me)
        try:
            return super().connect()
        finally:
            self.asking.discard(me)


class CountedAsyncPool(CountedPool, AsyncAdaptedQueuePool):
    """The same for `create_async_engine`."""


@dataclass
class Seen:
    """Of one stretch of time: the event loop's longest delay, how long connections were held, and of each request its
    time and how many queries it made."""

    lag_s: float = 0.0
    held_s: list[float] = field(default_factory=list)
    routes: defaultdict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))


class Watch:
    """One worker, seen from a thread of its own, which can log while the event loop is blocked."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.ended = engine, threading.Event()
        self.loop, self.thread_id = asyncio.get_running_loop(), threading.get_ident()
        self.tokens = current_default_thread_limiter()  # can be asked for only on the loop
        self.seen = Seen()
        event.listen(engine, "checkout", self.taken)
        event.listen(engine, "checkin", self.given_back)
        event.listen(engine, "before_cursor_execute", self.asked)

    def run(self) -> None:
        due_s = time.monotonic() + EVERY_S
        while not self.ended.wait(ALARM_S / 5):
            asked_s, sign = time.monotonic(), threading.Event()
            self.loop.call_soon_threadsafe(sign.set)
            if not sign.wait(ALARM_S):
                stack = "".join(traceback.format_stack(sys._current_frames()[self.thread_id]))
                log.warning("event loop blocked for %.1f s or more, now in:\n%s", ALARM_S, stack)
                while not sign.wait(ALARM_S) and not self.ended.is_set():
                    pass
            self.seen.lag_s = max(self.seen.lag_s, time.monotonic() - asked_s)
            if time.monotonic() >= due_s:
                log.info("limits %s", json.dumps(self.report()))
                self.seen = Seen()
                due_s += EVERY_S

    def report(self) -> dict[str, Any]:
        tokens, pool, seen = self.tokens.statistics(), self.engine.pool, self.seen
        assert isinstance(pool, CountedPool)
        taken, waiting = pool.checkedout(), len(pool.asking)
        return {
            "worker": os.getpid(),
            "tokens": {"size": tokens.total_tokens, "taken": tokens.borrowed_tokens, "waiting": tokens.tasks_waiting},
            "connections": {"size": pool.most, "taken": taken, "waiting": waiting, "held_ms": mean_ms(seen.held_s)},
            "loop_lag_ms": round(1000 * seen.lag_s),
            "routes": {
                route: {
                    "requests": len(ended),
                    "mean_ms": mean_ms([took_s for took_s, _ in ended]),
                    "queries_per_request": round(mean(made for _, made in ended), 1),
                }
                for route, ended in list(seen.routes.items())
            },
        }

    def taken(self, connection: Any, record: Any, proxy: Any) -> None:
        record.info["taken_at_s"] = time.perf_counter()

    def given_back(self, connection: Any, record: Any) -> None:
        if (taken_at_s := record.info.pop("taken_at_s", None)) is not None:
            self.seen.held_s.append(time.perf_counter() - taken_at_s)

    def asked(self, *_: Any) -> None:
        if (made := queries.get()) is not None:
            made.append(1)


def mean_ms(times_s: list[float]) -> float | None:
    return round(1000 * mean(times_s), 1) if times_s else None


class ByRoute:
    """The layer that counts requests, their time and their queries by route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun_s, made = time.perf_counter(), list[int]()
        queries.set(made)
        try:
            await self.app(scope, receive, send)
        finally:
            watch: Watch = scope["app"].state.watch
            route = f"{scope['method']} {getattr(scope.get('route'), 'path', '(no route)')}"
            watch.seen.routes[route].append((time.perf_counter() - begun_s, len(made)))


@router.get("/debug/limits")
async def limits(request: Request) -> dict[str, Any]:
    watch: Watch = request.app.state.watch
    return watch.report()


@asynccontextmanager
async def watching(app: FastAPI, engine: Engine) -> AsyncIterator[None]:
    """For your lifespan: `async with watching(app, engine): yield`. Of an async engine give its `sync_engine`."""
    app.state.watch = watch = Watch(engine)
    threading.Thread(target=watch.run, daemon=True).start()
    try:
        yield
    finally:
        watch.ended.set()
