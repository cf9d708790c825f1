"""The service and its users as simpy processes: what each resource holds back, second by second.

Simulated are k6's users, the listening socket's accept queue, and in each worker the event loop, the
thread tokens and the connection pool. Times in seconds. Sources: k6's ramping-vus executor; AnyIO's
CapacityLimiter and psycopg_pool, both first come, first served; libuv (uvloop 0.23 has 1.52), which
accepts one connection a round (its pull request 3696) and never looks while a callback runs; Linux,
which drops a SYN that finds the accept queue full and whose clients ask again after 1, 3, 7 and 15 s
(RFC 6298's doubling).
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import ceil

import simpy

from labs.runner.model import CpuCosts, Variant

SYN_AFTER_S = (0.0, 1.0, 3.0, 7.0, 15.0)
DIAL_S = 30.0  # k6 gives up on a connection then, whatever the request's timeout (its code 1211)
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
    pool = variant.endpoint.pool != "none"
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


class Request:
    """One question of a user; `reply` fires with the worker that answers, or with None at the timeout."""

    __slots__ = ("reply", "worker")

    def __init__(self, reply: simpy.Event) -> None:
        self.reply = reply
        self.worker: Worker | None = None

    def end(self, worker: "Worker | None") -> None:
        if not self.reply.triggered:
            self.reply.succeed(worker)


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
        self.dropped = 0

    def offer(self, request: Request, home: int) -> bool:
        """Whether the connection is made: then the request waits in the queue, even if nobody accepts."""
        if not self.room:
            self.dropped += 1
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
        self.tokens, self.connections = Slots(variant.thread_tokens), Slots(variant.pool_size)
        self.ready: list[tuple[float, float, Then]] = []
        self.asleep: simpy.Event | None = None
        self.answers = 0
        env.process(self._loop())

    def wake(self) -> None:
        if self.asleep is not None:
            event, self.asleep = self.asleep, None
            event.succeed()

    def soon(self, cpu_s: float, blocking_s: float, then: Then) -> None:
        self.ready.append((cpu_s, blocking_s, then))
        self.wake()

    def _loop(self) -> Waiting:
        while True:
            if request := self.listener.take(self):
                self.receive(request)
            if not self.ready:
                self.asleep = self.env.event()
                yield self.asleep
                continue
            # what becomes ready meanwhile is for the next round: a blocked loop accepts and reads nothing
            batch, self.ready = deque(self.ready), []
            while batch:
                done, computing_s = [], 0.0
                while batch and computing_s < SLICE_S:
                    cpu_s, blocking_s, then = batch.popleft()
                    computing_s += cpu_s
                    done.append(then)
                    if blocking_s:
                        break
                if computing_s:
                    yield self.cores.burst(computing_s)
                if blocking_s:
                    yield self.env.timeout(blocking_s)
                for then in done:
                    then()

    def receive(self, request: Request) -> None:
        request.worker = self
        self.soon(self.needs.cpu_s / 2, 0.0, lambda: self._start(request))

    def _start(self, request: Request) -> None:
        needs = self.needs

        def with_connection() -> None:
            self._after(needs.connection_s, lambda: self._finish(request), needs.database_s)

        def with_token() -> None:
            self._after(needs.token_s, connect if needs.takes_connection else lambda: self._finish(request))

        def connect() -> None:
            self.connections.take(with_connection)

        if needs.takes_token:
            self.tokens.take(with_token)
        else:
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
        self.soon(self.needs.cpu_s / 2, self.needs.blocking_s, lambda: self._answer(request))

    def _answer(self, request: Request) -> None:
        self.answers += 1
        if self.needs.takes_connection:
            self.connections.give_back()
        if self.needs.takes_token:
            self.tokens.give_back()
        request.end(self)


class LoadGenerator:
    """k6's threads, one a core: half of a request's computing before it is sent, half after its answer."""

    def __init__(self, env: simpy.Environment, cores: Cores, cpu_s: float) -> None:
        self.env, self.cores, self.cpu_s = env, cores, cpu_s
        self.queue: deque[simpy.Event] = deque()
        self.idle = len(cores.free_at_s)

    def computes(self) -> simpy.Event:
        """The event of one half of a request's computing: before it is sent, or after its answer."""
        event = self.env.event()
        self.queue.append(event)
        if self.idle:
            self.idle -= 1
            self.env.process(self._thread())
        return event

    def _thread(self) -> Waiting:
        while self.queue:
            done = [self.queue.popleft() for _ in range(min(len(self.queue), ceil(2 * SLICE_S / self.cpu_s)))]
            yield self.cores.burst(len(done) * self.cpu_s / 2)
            for event in done:
                event.succeed()
        self.idle += 1


@dataclass
class Records:
    """Every request that ended: seconds from the start of the load, as k6 records them."""

    ended_s: list[float] = field(default_factory=list)
    duration_s: list[float] = field(default_factory=list)
    expected: list[bool] = field(default_factory=list)
    unconnected: int = 0  # no connection within 30 s; has no duration, and is not in the lists
    timed_out: int = 0
    interrupted: int = 0
    dropped_syns: int = 0
    worker_answers: Sequence[int] = ()


class Users:
    """k6's closed model: users start evenly over the ramp and loop until the hold ends."""

    def __init__(
        self,
        env: simpy.Environment,
        variant: Variant,
        homes: Sequence[int],
        listener: Listener,
        generator: LoadGenerator | None,
    ) -> None:
        self.env, self.load, self.listener, self.generator = env, variant.load, listener, generator
        self.records = Records()
        self.in_flight = 0
        for number, home in enumerate(homes):
            env.process(self._user(self.load.ramp_s * number / len(homes), home))

    def _user(self, start_s: float, home: int) -> Waiting:
        env, load, records = self.env, self.load, self.records
        yield env.timeout(start_s)
        worker: Worker | None = None
        while env.now < load.ramp_s + load.hold_s:
            self.in_flight += 1
            if self.generator:
                yield self.generator.computes()
            asked_s = env.now
            deadline_s = asked_s + load.timeout_s
            request = Request(env.event())
            if worker is not None:
                sent_s = asked_s
                worker.receive(request)
            else:
                connected = yield from self._dial(request, home, deadline_s)
                sent_s = env.now
                if not connected and sent_s < deadline_s:
                    records.unconnected += 1
                    self.in_flight -= 1
                    continue
                if not connected:
                    request.end(None)
            if not request.reply.triggered:
                self._give_up(request, deadline_s)
            worker = yield request.reply  # type: ignore[assignment]
            self.in_flight -= 1
            records.ended_s.append(env.now)
            records.duration_s.append(env.now - sent_s)
            records.expected.append(worker is not None)
            records.timed_out += worker is None
            if self.generator:
                yield self.generator.computes()
            if load.think_time_s:
                yield env.timeout(load.think_time_s)

    def _dial(self, request: Request, home: int, deadline_s: float) -> Generator[simpy.Event, object, bool]:
        asked_s = self.env.now
        end_s = min(asked_s + DIAL_S, deadline_s)
        for after_s in SYN_AFTER_S:
            if asked_s + after_s >= end_s:
                break
            if after_s:
                yield self.env.timeout(asked_s + after_s - self.env.now)
            if self.listener.offer(request, home):
                return True
        yield self.env.timeout(end_s - self.env.now)
        return False

    def _give_up(self, request: Request, deadline_s: float) -> None:
        # the service does not notice: it works on for a client that has left
        self.env.timeout(deadline_s - self.env.now).callbacks.append(lambda _: request.end(None))


def play(variant: Variant, homes: Sequence[int], costs: CpuCosts | None, cores: float, shared: bool) -> Records:
    """The whole run of one variant, from the first user to the end of the graceful stop.

    homes: the worker of each user, in the order in which they start. `shared` lets any worker
    accept any connection. Without `costs` computing takes no time.
    """
    env = simpy.Environment()
    machine = Cores(env, cores)
    needs = demand(variant, costs)
    listener = Listener(variant.workers, variant.backlog, shared)
    listener.workers += [Worker(env, number, variant, needs, machine, listener) for number in range(variant.workers)]
    generator = LoadGenerator(env, machine, costs.generator_s) if costs and costs.generator_s else None
    users = Users(env, variant, homes, listener, generator)
    load = variant.load
    env.run(until=load.ramp_s + load.hold_s + load.graceful_stop_s)
    records = users.records
    records.interrupted = users.in_flight
    records.dropped_syns = listener.dropped
    records.worker_answers = tuple(worker.answers for worker in listener.workers)
    return records
