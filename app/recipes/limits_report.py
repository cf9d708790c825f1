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

EVERY_S, LOOK_S, ALARM_S = 10.0, 0.1, 0.5
log = logging.getLogger("uvicorn.error")
router = APIRouter()
queries: ContextVar[list[int] | None] = ContextVar("of this request", default=None)


class CountedPool(QueuePool):
    """`create_engine(…, poolclass=CountedPool)`: it knows how many wait for a connection; SQLAlchemy's own doesn't."""

    def __init__(self, creator: Any, pool_size: int = 5, max_overflow: int = 10, **more: Any) -> None:
        super().__init__(creator, pool_size, max_overflow, **more)
        self.most = pool_size + max_overflow if pool_size and max_overflow >= 0 else None  # None: no limit
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
    """Of one stretch of time: the CPU time used before it, the event loop's longest delay, how long connections were
    held, and of each request its time and how many queries it made."""

    since_s: float = field(default_factory=time.monotonic)
    cpu_before_s: float = field(default_factory=time.process_time)  # of all threads of this process
    lag_s: float = 0.0
    held_s: list[float] = field(default_factory=list)
    routes: defaultdict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))


class Watch:
    """One worker, seen from a thread of its own, which goes on while the event loop is blocked."""

    def __init__(self, engine: Engine) -> None:
        if not isinstance(engine.pool, CountedPool):
            raise TypeError("make the engine with poolclass=CountedPool, or CountedAsyncPool if it's an async one")
        self.engine, self.ended, self.seen = engine, threading.Event(), Seen()
        self.loop, self.thread_id = asyncio.get_running_loop(), threading.get_ident()
        self.tokens = current_default_thread_limiter()  # can be asked for only on the loop
        self.heard: dict[str, Any] = {
            "checkout": self.taken,
            "checkin": self.given_back,
            "before_cursor_execute": self.asked,
        }

    def run(self) -> None:
        asked_s, answers = self.ask()
        told, looked_s = False, asked_s
        while not self.ended.wait(LOOK_S):
            now_s = time.monotonic()
            lag_s, stopped_s = (answers[0] if answers else now_s) - asked_s, now_s - looked_s - LOOK_S
            self.seen.lag_s = max(self.seen.lag_s, lag_s, stopped_s)
            if stopped_s > ALARM_S:
                log.warning(
                    "could not look for %.1f s: other code kept Python's lock, or the process got no CPU", stopped_s
                )
            late = not answers and lag_s > ALARM_S
            if late and not told:
                stack = "".join(traceback.format_stack(sys._current_frames()[self.thread_id]))
                log.warning("event loop blocked for %.1f s, now in:\n%s", lag_s, stack)
            told = late
            if answers:
                asked_s, answers = self.ask()
            if time.monotonic() - self.seen.since_s >= EVERY_S:
                seen, self.seen = self.seen, Seen()
                try:
                    log.info("limits %s", json.dumps(self.report(seen)))
                except Exception:
                    log.exception("no limits this time")
            looked_s = time.monotonic()

    def ask(self) -> tuple[float, list[float]]:
        """When the loop was asked for a sign, and where it puts the moment at which it gave one."""
        answers: list[float] = []
        try:
            self.loop.call_soon_threadsafe(lambda: answers.append(time.monotonic()))
        except RuntimeError:  # the loop was closed a moment ago
            self.ended.set()
        return time.monotonic(), answers

    def report(self, seen: Seen) -> dict[str, Any]:
        tokens, pool = self.tokens.statistics(), self.engine.pool
        seconds, cpu_s = time.monotonic() - seen.since_s, time.process_time() - seen.cpu_before_s
        taken, waiting = pool.checkedout(), len(pool.asking)  # type: ignore[attr-defined]
        return {
            "worker": os.getpid(),
            "seconds": round(seconds, 1),
            "cores": round(cpu_s / seconds, 2),
            "tokens": {"size": tokens.total_tokens, "taken": tokens.borrowed_tokens, "waiting": tokens.tasks_waiting},
            "connections": {
                "size": pool.most,  # type: ignore[attr-defined]
                "taken": taken,
                "waiting": waiting,
                "given_back": len(seen.held_s),
                "held_ms": mean_ms(seen.held_s),
            },
            "loop_lag_ms": round(1000 * seen.lag_s),
            "routes": {
                route: {
                    "requests": len(ended),
                    "mean_ms": mean_ms([took_s for took_s, _ in ended]),
                    "queries_per_request": round(mean(made for _, made in ended), 1),
                }
                for route, ended in list(seen.routes.items())
                if ended
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


def name(scope: Scope) -> str:
    """The function that responds: paths can be the same in two routers."""
    found = scope.get("endpoint")
    function = f"{found.__module__}.{getattr(found, '__qualname__', type(found).__name__)}" if found else "(no route)"
    return f"{scope['method']} {function}"


class ByRoute:
    """The layer that counts requests, their time and their queries by route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch: Watch | None = getattr(scope["app"].state, "watch", None) if scope["type"] == "http" else None
        if watch is None:  # no request, or the lifespan didn't run, as in some tests
            await self.app(scope, receive, send)
            return
        begun_s, made = time.perf_counter(), list[int]()
        queries.set(made)
        try:
            await self.app(scope, receive, send)
        finally:
            took = time.perf_counter() - begun_s, len(made)
            watch.seen.routes[name(scope)].append(took)


@router.get("/debug/limits")
async def limits(request: Request) -> dict[str, Any]:
    watch: Watch = request.app.state.watch
    return watch.report(watch.seen)


@asynccontextmanager
async def watching(app: FastAPI, engine: Engine) -> AsyncIterator[None]:
    """For your lifespan: `async with watching(app, engine): yield`. Of an async engine give its `sync_engine`."""
    app.state.watch = watch = Watch(engine)
    for happens, does in watch.heard.items():
        event.listen(engine, happens, does)
    threading.Thread(target=watch.run, daemon=True).start()
    try:
        yield
    finally:
        watch.ended.set()
        for happens, does in watch.heard.items():
            event.remove(engine, happens, does)
