"""k6's users as simpy processes, and the whole run of one variant.

Times in seconds. Sources: k6's ramping-vus executor and its 30 s for a connection; Linux, whose
clients ask again for a connection that was dropped (`theory/connecting.py`).
"""

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from math import ceil

import simpy

from labs.engine.declare.service import Variant
from labs.engine.theory.connecting import syn_after_s
from labs.engine.theory.prediction import CpuCosts
from labs.simulator.request import Request, Stage
from labs.simulator.service import SLICE_S, Cores, Listener, Waiting, Worker, demand

DIAL_S = 30.0  # k6 gives up on a connection then, whatever the request's timeout (its code 1211)


class LoadGenerator:
    """k6's threads, one per core: half of a request's computing before it is sent, half after its response."""

    def __init__(self, env: simpy.Environment, cores: Cores, cpu_s: float) -> None:
        self.env, self.cores, self.cpu_s = env, cores, cpu_s
        self.queue: deque[simpy.Event] = deque()
        self.idle = len(cores.free_at_s)

    def computes(self) -> simpy.Event:
        """The event of one half of a request's computing: before it is sent, or after its response."""
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
    worker_responses: Sequence[int] = ()


class Users:
    """k6's closed model: users start evenly over the ramp and loop until the steady phase ends."""

    def __init__(
        self,
        env: simpy.Environment,
        variant: Variant,
        homes: Sequence[int],
        listener: Listener,
        generator: LoadGenerator | None,
        watched: list[Request] | None,
    ) -> None:
        self.env, self.load, self.listener, self.generator = env, variant.load, listener, generator
        self.watched = watched
        self.records = Records()
        self.in_flight = 0
        for number, home in enumerate(homes):
            env.process(self._user(self.load.ramp_s * number / len(homes), home))

    def _user(self, start_s: float, home: int) -> Waiting:
        env, load, records = self.env, self.load, self.records
        yield env.timeout(start_s)
        worker: int | None = None
        while env.now < load.ramp_s + load.steady_s:
            self.in_flight += 1
            if self.generator:
                yield self.generator.computes()
            asked_s = env.now
            deadline_s = asked_s + load.timeout_s
            request = Request(env.event(), None if self.watched is None else [])
            if self.watched is not None:
                self.watched.append(request)
            if worker is not None:
                sent_s = asked_s
                self.listener.workers[worker].receive(request)
            else:
                request.enter(Stage.CONNECT)
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
        for after_s in syn_after_s(DIAL_S):
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


def simulate_run(
    variant: Variant,
    homes: Sequence[int],
    costs: CpuCosts | None,
    cores: float,
    shared: bool,
    watched: list[Request] | None = None,
) -> Records:
    """The whole run of one variant, from the first user to the end of the graceful stop.

    homes: the worker of each user, in the order in which they start. `shared` lets any worker
    accept any connection. Without `costs` computing takes no time. Every request is noted in `watched`,
    with the times at which it entered each stage.
    """
    env = simpy.Environment()
    machine = Cores(env, cores)
    needs = demand(variant, costs)
    listener = Listener(variant.workers, variant.uvicorn.backlog, shared)
    listener.workers += [Worker(env, number, variant, needs, machine, listener) for number in range(variant.workers)]
    generator = LoadGenerator(env, machine, costs.generator_s) if costs and costs.generator_s else None
    users = Users(env, variant, homes, listener, generator, watched)
    load = variant.load
    env.run(until=load.ramp_s + load.steady_s + load.graceful_stop_s)
    records = users.records
    records.interrupted = users.in_flight
    records.worker_responses = tuple(worker.responses for worker in listener.workers)
    return records
