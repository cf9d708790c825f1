"""What a worker tells of itself while it is in trouble: loop lag, tokens, pool, requests, memory.

A thread of the worker writes the gauges, not its event loop: a blocked loop could not say that it is
blocked. prometheus-client keeps them in memory-mapped files, so that a reader asks nothing of it either.
"""

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from statistics import quantiles

import psutil
from anyio import CapacityLimiter, to_thread
from prometheus_client import Gauge
from starlette.types import ASGIApp, Receive, Scope, Send

from app import database

BEAT_S = 0.05
LOOK_S = 0.25
REMEMBERED = 500  # responses that the p99 is taken over


def gauge(name: str, says: str) -> Gauge:
    return Gauge(f"panel_{name}", says, multiprocess_mode="liveall")


LOOP_LAG = gauge("loop_lag_seconds", "How late the loop served a timer, at worst, since the last look")
TOKENS_IN_USE = gauge("tokens_in_use", "Thread tokens that running calls hold")
TOKENS_WAITING = gauge("tokens_waiting", "Calls that wait for a thread token")
POOL_IN_USE = gauge("pool_in_use", "Connections that requests hold")
POOL_WAITING = gauge("pool_waiting", "Requests that wait for a connection")
IN_FLIGHT = gauge("in_flight", "Requests that this worker has begun and not yet responded to")
P99 = gauge("p99_seconds", f"99th percentile of the last {REMEMBERED} response times, as this worker sees them")
RSS = gauge("rss_bytes", "Resident memory")
FDS = gauge("fds", "Open descriptors: sockets, above all")


# --8<-- [start:heartbeat]
class Heartbeat:
    """A timer on the loop that is due every `BEAT_S`; any thread may ask how late it was."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.worst_s = 0.0
        self.due_s = time.monotonic()
        self.beat()

    def beat(self) -> None:
        now = time.monotonic()
        self.worst_s = max(self.worst_s, now - self.due_s)
        self.due_s = now + BEAT_S
        self.timer = self.loop.call_later(BEAT_S, self.beat)

    def lag_s(self) -> float:
        """The worst since the last call; a beat that is overdue counts before it has come."""
        worst_s, self.worst_s = self.worst_s, 0.0
        return max(worst_s, time.monotonic() - self.due_s)


# --8<-- [end:heartbeat]


class Seen:
    """What the wrapper saw and the thread tells."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.took_s: deque[float] = deque(maxlen=REMEMBERED)


def open_files(worker: psutil.Process) -> int:
    """Linux 6.2 and newer tell the count as the folder's size: listing thousands of sockets takes milliseconds."""
    with suppress(OSError):
        if counted := os.stat("/proc/self/fd").st_size:
            return counted
    return int(worker.num_fds())


# --8<-- [start:look]
def look(heart: Heartbeat, tokens: CapacityLimiter, seen: Seen, worker: psutil.Process) -> None:
    LOOP_LAG.set(heart.lag_s())
    TOKENS_IN_USE.set(tokens.borrowed_tokens)
    TOKENS_WAITING.set(tokens.statistics().tasks_waiting)
    if pool := database.sync_pool or database.async_pool:
        told = pool.get_stats()
        POOL_IN_USE.set(told["pool_size"] - told["pool_available"])
        POOL_WAITING.set(told["requests_waiting"])
    IN_FLIGHT.set(seen.in_flight)
    if len(times := list(seen.took_s)) > 1:
        P99.set(quantiles(times, n=100, method="inclusive")[-1])
    RSS.set(worker.memory_info().rss)
    FDS.set(open_files(worker))


# --8<-- [end:look]


# --8<-- [start:watched]
class Watched:
    """Any ASGI app, with its panel: counts the requests on their way through, looks while the app lives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.seen = Seen()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # one call that lasts as long as the service
            with looking(self.seen):
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            begun = time.monotonic()
            self.seen.in_flight += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self.seen.in_flight -= 1
                self.seen.took_s.append(time.monotonic() - begun)
        else:
            await self.app(scope, receive, send)


@contextmanager
def looking(seen: Seen) -> Iterator[None]:
    heart = Heartbeat(asyncio.get_running_loop())
    tokens = to_thread.current_default_thread_limiter()  # known only inside the loop
    worker, ended = psutil.Process(), threading.Event()

    def keep_looking() -> None:
        while not ended.wait(LOOK_S):
            look(heart, tokens, seen, worker)

    threading.Thread(target=keep_looking, name="panel", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        heart.timer.cancel()


# --8<-- [end:watched]
