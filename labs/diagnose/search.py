"""Finds the plateau: one user, then more and more until throughput stops growing, then a steady phase there.

Users quadruple while a response takes no longer than for one user alone, and double from then on.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from labs.diagnose import readings
from labs.diagnose.attribute import STANDSTILL, grows
from labs.diagnose.evidence import Evidence, Step, Stopped
from labs.diagnose.readings import Reader
from labs.diagnose.service import Service
from labs.engine.declare.service import Endpoint, Load, Request, Variant
from labs.engine.errors import UsageError
from labs.engine.formatting import duration, rate
from labs.engine.harness import load, machine
from labs.engine.harness.commands import Commands, Ports, commands
from labs.engine.harness.processes import Watchdog
from labs.engine.harness.progress import Progress
from labs.engine.harness.sampler import Sample, Sampler, busy_s
from labs.engine.results.measure import tree_use
from labs.engine.results.records import ended_within, read_requests, read_summary
from labs.engine.results.times import response_times, start_of_load
from labs.engine.results.window import steady_window, within

BUDGET_S = 75.0  # of the search; the steady phase comes on top
RAMP_S = 0.3
SHORTEST_S, LONGEST_S = 1.5, 8.0  # the steady phase of a step
STEADY_SHORTEST_S, STEADY_LONGEST_S = 5.0, 25.0  # of the last one
TURNS = 8  # response times that a step should last, and
STEADY_TURNS = 20
TIMEOUT_S = 30.0
NO_WAIT = 1.15  # × the response time alone: up to here nobody waits for another request
WAVE_FROM_S = 0.02  # a shorter service time makes no waves that a window could cut
FAILED = 0.05
MACHINE_FULL = 0.95  # of its cores, used by the service, k6 and what they cause: more users can bring nothing
OVERHEAD_S = 1.2  # k6 starts and ends


@dataclass
class Bench:
    """A service, and what it is loaded with."""

    watchdog: Watchdog
    service: Service
    folder: Path
    progress: Progress
    service_time_s: float = 0.0
    begun_s: float = field(default_factory=time.monotonic)

    def step(self, users: int, steady_s: float, name: str) -> Step:
        """One load, measured. Raises UsageError for a service that ended, and for k6's own failures."""
        place = self.folder / name
        place.mkdir(parents=True)
        chosen = Load(vus=users, ramp_s=RAMP_S, steady_s=steady_s, timeout_s=TIMEOUT_S, graceful_stop_s=10.0)
        sampler = Sampler()
        total_s = load.longest_s(chosen)

        def tick(elapsed_s: float, vus: int, completed: int, failed: int) -> None:
            self.service.check_alive()
            self.progress.tick(elapsed_s, total_s, vus, completed, failed)

        with sampler, Reader(self.service.shared, self.service.root) as reader:
            generated = load.generate(
                self.watchdog,
                _commands(self.service, chosen),
                chosen,
                place,
                dashboard=False,
                started=lambda pid: sampler.watch("generator", pid),
                tick=tick,
            )
        self.service.check_alive()
        summary = read_summary(generated)
        if generated.exit:
            raise UsageError(f"k6 ended with status {generated.exit}. Log: {generated.folder / load.CONSOLE}")
        harness_cores = generated.harness_cpu_s / generated.elapsed_s
        requests = read_requests(place / load.REQUESTS)
        # k6 starts the first of N users when an N-th of the ramp has passed
        origin_s = (start_of_load(requests) or time.time() - steady_s) - RAMP_S / users
        wave_s = self.service_time_s if self.service_time_s >= WAVE_FROM_S else 0.0
        window = steady_window(requests.ended_s[requests.expected] - origin_s, chosen, self.service_time_s, wave_s)
        inside = (origin_s + window.start_s, origin_s + window.start_s + window.length_s)
        ended = ended_within(requests, *inside)
        completions = int(np.count_nonzero(within(requests.ended_s, *inside) & requests.expected))
        per_s = completions / window.length_s if window.length_s else 0.0
        times = response_times(ended)
        by_process = readings.cores_by_process(reader.cpu, inside)
        told = readings.within(reader.readings, inside)
        server_cores = sum(by_process.values()) if by_process else None
        generator = tree_use(sampler.series.trees.get("generator", []), inside, per_s).cpu_cores
        busy = [Sample(at_s, used, 0, 0, 0) for at_s, used in sampler.series.machine]
        others = tree_use(busy, inside, per_s).cpu_cores - (server_cores or 0.0) - generator - harness_cores
        failed = int(np.count_nonzero(~requests.expected))
        lost = failed + (summary.interrupted if not completions else 0)
        return Step(
            users=users,
            steady_s=steady_s,
            throughput_per_s=per_s,
            mean_s=times.mean,
            p50_s=times.p50,
            p95_s=times.p95,
            samples=times.samples,
            failed_share=failed / (len(requests.ended_s) or 1) if failed else (1.0 if lost else 0.0),
            errors=dict(requests.errors) | ({"interrupted": lost} if lost > failed else {}),
            worker_cores=readings.worker_cores(by_process, readings.serving(told)),
            server_cores=server_cores,
            generator_cores=generator,
            other_cores=max(0.0, others),
            loop_lag_s=readings.loop_lag_s(told),
            in_flight=readings.in_flight(told),
            metrics_cost_cores=readings.metrics_cost_cores(told),
            resources=readings.resources(told),
        )

    def steady(self, users: int, response_s: float) -> Step:
        """The longest load: what is read off it is the limit's throughput."""
        steady_s = _between(STEADY_SHORTEST_S, STEADY_TURNS * self.service_time_s + response_s, STEADY_LONGEST_S)
        self.progress.stage(f"steady phase: {users:,} users for {steady_s:.0f} s")
        return self.step(users, steady_s, "steady")

    def elapsed_s(self) -> float:
        return time.monotonic() - self.begun_s


def search(bench: Bench, say: Callable[[Step], None]) -> Evidence:
    """The evidence for one service; `say` hears of each step as it has ended."""
    service = bench.service
    cores = machine.cores()
    idle_cores = _idle_cores()
    steps = [_alone(bench, say)]
    stopped: Stopped | None = None
    while stopped is None:
        last = steps[-1]
        users = min(next_users(steps), service.target.users)
        steady_s = _between(SHORTEST_S, TURNS * max(last.mean_s, last.p50_s) * 1.5, LONGEST_S)
        if bench.elapsed_s() + steady_s + OVERHEAD_S > BUDGET_S:
            stopped = "time"
            break
        bench.progress.stage(f"{users:,} users")
        steps.append(bench.step(users, steady_s, f"{len(steps) + 1:02d}-{users}-users"))
        say(steps[-1])
        stopped = stop_reason(steps, cores, idle_cores, service.target.users)
    steady = None
    if stopped != "standstill":
        at = steps[-2] if stopped == "errors" else steps[-1]
        # workers take connections unevenly: more of them, so that each worker has enough
        spread = 2 if stopped == "plateau" and service.target.workers > 1 else 1
        steady = bench.steady(min(at.users * spread, max(at.users, service.target.users)), at.mean_s * spread)
        say(steady)
    told = readings.read(service.shared) if service.shared else []
    return Evidence(
        workers=len(readings.serving(told)) or service.target.workers,
        loop=service.loop,
        cores=cores,
        idle_cores=idle_cores,
        steps=tuple(steps),
        steady=steady,
        stopped=stopped,
        no_metrics=service.no_metrics,
        unknown=readings.unknown(told),
    )


def next_users(steps: list[Step]) -> int:
    """Four times as many while nobody waits for another request, else twice as many."""
    first, last = steps[0], steps[-1]
    if last.users == 1:
        return 4
    waits = last.p50_s > NO_WAIT * first.p50_s or (last.worker_cores or 0.0) > 0.3
    return last.users * (2 if waits else 4)


def stop_reason(steps: list[Step], cores: float, idle_cores: float, most_users: int) -> Stopped | None:
    """Why no more users are sent; None: go on. What others used before any load doesn't count."""
    before, last = steps[-2:]
    best = max(step.throughput_per_s for step in steps)
    if last.throughput_per_s <= STANDSTILL * best:
        return "standstill"
    if last.failed_share > FAILED:
        return "errors"
    if not grows(before, last):
        return "plateau"
    caused = max(0.0, last.other_cores - idle_cores) if last.server_cores else 0.0
    if (last.server_cores or 0.0) + last.generator_cores + caused >= MACHINE_FULL * cores:
        return "machine"
    return "most users" if last.users >= most_users else None


def _alone(bench: Bench, say: Callable[[Step], None]) -> Step:
    """One user: how long a request takes when nothing else is asked for. Raises UsageError if most of them fail."""
    bench.progress.stage("one user")
    step = bench.step(1, SHORTEST_S, "01-1-user")
    if not step.samples or step.throughput_per_s * step.steady_s < 4:
        step = bench.step(1, LONGEST_S, "01-1-user-longer")
    if not step.samples or not step.throughput_per_s:
        raise UsageError(
            f"one user alone got no response within {LONGEST_S:.0f} s ({_codes(step)}): a path this slow needs no load "
            "test, profile one request"
        )
    if step.failed_share > FAILED:
        raise UsageError(
            f"{step.failed_share:.0%} of one user's requests failed ({_codes(step)}), without any other load: "
            "see the service's log"
        )
    bench.service_time_s = step.p50_s
    say(step)
    return step


def _codes(step: Step) -> str:
    return ", ".join(f"{count} × {code}" for code, count in step.errors.items()) or "no response"


def _idle_cores() -> float:
    """What others use of the machine before there is any load."""
    found = []
    for _ in range(3):
        before_s, before = time.monotonic(), busy_s(psutil.cpu_times())
        time.sleep(0.4)
        found.append((busy_s(psutil.cpu_times()) - before) / (time.monotonic() - before_s))
    return max(0.0, median(found))


def _between(low: float, value: float, high: float) -> float:
    return round(min(high, max(low, value)), 1)


def _commands(service: Service, chosen: Load) -> Commands:
    """The engine's own k6 command for this request and load, at the service's address."""
    target = service.target
    request = Request(method=target.method, headers=target.headers, body=target.body, paths=target.paths)
    variant = Variant(
        name="diagnose",
        endpoint=Endpoint(path="/", module="", waits=0),
        ms=0,
        workers=target.workers,
        load=chosen,
        server_metrics=None,
        request=request,
    )
    made = commands(variant, Ports(target.port))
    settings = {**made.generator.settings, "BASE_URL": target.base_url}
    return replace(made, generator=replace(made.generator, settings=settings))


def about_s() -> tuple[float, float]:
    """How long a diagnosis takes, seconds: of a quick service, and at most."""
    return 30.0, BUDGET_S + STEADY_LONGEST_S + 15.0


def requests_about(target_users: int) -> str:
    """How many requests will be sent: each user asks again as soon as it has its response."""
    return (
        f"up to {target_users:,} users at once, each asking again as soon as it has its response: "
        f"of a service that does X per second at most about {BUDGET_S + STEADY_LONGEST_S:.0f} × X requests"
    )


def shown(step: Step) -> str:
    """One line per step, as it ends."""
    cpu = "" if step.worker_cores is None else f", {step.worker_cores:.2f} cores per worker"
    lost = f", {step.failed_share:.0%} failed" if step.failed_share else ""
    return f"{step.users:>5,} users: {rate(step.throughput_per_s):>7}/s, response {duration(step.p50_s)}{cpu}{lost}"
