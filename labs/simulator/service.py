"""The service as simpy processes: what each of its resources holds back, second by second.

Simulated are the listening socket's accept queue, and in each worker the event loop, the thread
tokens and the connection pool. Times in seconds. Sources: AnyIO's CapacityLimiter and psycopg_pool,
both first come, first served; libuv (uvloop 0.23 has 1.52), which accepts one connection a round (its
pull request 3696) and never looks while a callback runs; Linux, which drops what finds the accept
queue full.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import ceil

import simpy

from labs.engine.declare.service import Variant
from labs.engine.theory.prediction import CpuCosts
from labs.simulator.request import Request, Stage

SLICE_S = 0.0015  # what a busy thread computes before another has its turn: Linux's base slice on two cores
MOST_BACKLOG = 4096  # Linux's somaxconn

Waiting = Generator[simpy.Event, object, None]
Then = Callable[[], None]


class Cores:
    """C cores, lent for one burst of computing after the other in the order in which they are asked for."""

    def __init__(self, env: simpy.Environment, cores: float) -> None:
        self.env = env
        self.free_at_s = [0.0] * ceil(cores)
        self.slowness = ceil(cores) / cores  # a quota of 1.5 cores: two at three quarters of the speed

    def burst(self, cpu_s: float) -> simpy.Timeout:
        """The event of having computed that long, waiting for a core included."""
        end_s = max(self.env.now, heappop(self.free_at_s)) + cpu_s * self.slowness
        heappush(self.free_at_s, end_s)
        return self.env.timeout(end_s - self.env.now)


@dataclass
class Slots:
    """Thread tokens or connections: so many at once, the rest in the order in which they came."""

    free: int
    queue: deque[Then] = field(default_factory=deque)

    def take(self, then: Then) -> None:
        if self.free > 0:
            self.free -= 1
            then()
        else:
            self.queue.append(then)

    def give_back(self) -> None:
        if self.queue:
            self.queue.popleft()()
        else:
            self.free += 1


@dataclass(frozen=True)
class Demand:
    """What one request asks of its worker: waits while holding nothing, a token, a connection too.

    `cpu_s` is spent on the loop, half before the waits and half after them; then `blocking_s`.
    """

    free_s: float
    token_s: float
    connection_s: float
    blocking_s: float
    cpu_s: float
    database_s: float
    takes_token: bool
    takes_connection: bool


def demand(variant: Variant, costs: CpuCosts | None) -> Demand:
    pool = variant.needs_database
    connection_s = variant.connection_time_s if pool else 0.0
    token_s = max(0.0, variant.token_time_s - connection_s)
    return Demand(
        free_s=max(0.0, variant.service_time_s - variant.blocking_time_s - token_s - connection_s),
        token_s=token_s,
        connection_s=connection_s,
        blocking_s=variant.blocking_time_s,
        cpu_s=costs.server_s if costs else variant.computing_time_s,
        database_s=costs.database_s if costs else 0.0,
        takes_token=variant.endpoint.holds_token > 0,
        takes_connection=pool,
    )


class Listener:
    """The accept queue of the listening socket, with one limit for all workers.

    `shared`: whichever worker looks first takes the next connection. Otherwise each connection waits
    for the worker that it is meant for: how connections spread is an input then.
    """

    def __init__(self, workers: int, backlog: int, shared: bool) -> None:
        self.room = min(backlog, MOST_BACKLOG)
        self.shared = shared
        one: deque[Request] = deque()
        self.queues: list[deque[Request]] = [one if shared else deque() for _ in range(workers)]
        self.workers: list[Worker] = []

    def offer(self, request: Request, home: int) -> bool:
        """Whether the connection is made: then the request waits in the queue, even if nobody accepts."""
        if not self.room:
            return False
        self.room -= 1
        self.queues[home].append(request)
        meant = self.workers[home]
        if meant.asleep is None and self.shared:
            meant = next((worker for worker in self.workers if worker.asleep is not None), meant)
        meant.wake()
        return True

    def take(self, worker: "Worker") -> Request | None:
        if not self.queues[worker.number]:
            return None
        self.room += 1
        return self.queues[worker.number].popleft()


class Worker:
    """One process: an event loop that runs whatever is ready, round after round, its tokens and its pool.

    Of what was accepted and read only the effect is simulated: `receive` makes a request ready.
    """

    def __init__(
        self, env: simpy.Environment, number: int, variant: Variant, needs: Demand, cores: Cores, listener: Listener
    ) -> None:
        self.env, self.number, self.needs, self.cores, self.listener = env, number, needs, cores, listener
        self.tokens, self.connections = Slots(variant.thread_tokens), Slots(variant.pool.size if variant.pool else 0)
        self.ready: list[tuple[Request, float, float, Then]] = []
        self.asleep: simpy.Event | None = None
        self.responses = 0
        env.process(self._loop())

    def wake(self) -> None:
        if self.asleep is not None:
            event, self.asleep = self.asleep, None
            event.succeed()

    def soon(self, request: Request, cpu_s: float, blocking_s: float, then: Then) -> None:
        request.enter(Stage.LOOP)
        self.ready.append((request, cpu_s, blocking_s, then))
        self.wake()

    def _loop(self) -> Waiting:
        while True:
            if accepted := self.listener.take(self):
                self.receive(accepted)
            if not self.ready:
                self.asleep = self.env.event()
                yield self.asleep
                continue
            # what becomes ready meanwhile is for the next round: a blocked loop accepts and reads nothing
            batch, self.ready = deque(self.ready), []
            while batch:
                done, computing_s = [], 0.0
                while batch and computing_s < SLICE_S:
                    request, cpu_s, blocking_s, then = batch.popleft()
                    computing_s += cpu_s
                    done.append(then)
                    if blocking_s:
                        break
                if computing_s:
                    yield self.cores.burst(computing_s)
                if blocking_s:
                    request.enter(Stage.BLOCK)
                    yield self.env.timeout(blocking_s)
                for then in done:
                    then()

    def receive(self, request: Request) -> None:
        request.worker = self.number
        self.soon(request, self.needs.cpu_s / 2, 0.0, lambda: self._start(request))

    def _start(self, request: Request) -> None:
        needs = self.needs

        def with_connection() -> None:
            request.enter(Stage.QUERY)
            self._after(needs.connection_s, lambda: self._finish(request), needs.database_s)

        def with_token() -> None:
            request.enter(Stage.THREAD)
            self._after(needs.token_s, connect if needs.takes_connection else lambda: self._finish(request))

        def connect() -> None:
            request.enter(Stage.CONNECTION)
            self.connections.take(with_connection)

        if needs.takes_token:
            request.enter(Stage.TOKEN)
            self.tokens.take(with_token)
        else:
            request.enter(Stage.AWAIT)
            self._after(needs.free_s, connect if needs.takes_connection else lambda: self._finish(request))

    def _after(self, wait_s: float, then: Then, database_s: float = 0.0) -> None:
        if database_s:
            computed = self.cores.burst(database_s)
            computed.callbacks.append(lambda _: self._after(wait_s, then))
        elif wait_s:
            self.env.timeout(wait_s).callbacks.append(lambda _: then())
        else:
            then()

    def _finish(self, request: Request) -> None:
        self.soon(request, self.needs.cpu_s / 2, self.needs.blocking_s, lambda: self._respond(request))

    def _respond(self, request: Request) -> None:
        self.responses += 1
        if self.needs.takes_connection:
            self.connections.give_back()
        if self.needs.takes_token:
            self.tokens.give_back()
        request.enter(Stage.RESPONDED)
        request.end(self.number)
