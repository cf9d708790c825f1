"""Finds the plateau: one user, then more and more until throughput stops growing, then a steady phase there.

Users quadruple while nobody waits for another request, and double from then on.
"""

import time
from collections.abc import Callable
from math import ceil
from statistics import median

import psutil

from labs.diagnose import reader, readings
from labs.diagnose.attribute import grows
from labs.diagnose.bench import STEADY_LONGEST_S, Bench, between
from labs.diagnose.cpu import OTHERS
from labs.diagnose.evidence import Evidence, Step, Stopped
from labs.diagnose.standstill import STANDSTILL
from labs.engine.errors import UsageError
from labs.engine.formatting import duration, rate
from labs.engine.harness import machine
from labs.engine.harness.sampler import busy_s

BUDGET_S = 75.0  # of the search; the steady phase comes on top
SHORTEST_S, LONGEST_S = 1.5, 8.0  # the steady phase of a step
TURNS = 8  # response times that a step should last
NO_WAIT = 1.15  # × the response time alone: up to here nobody waits for another request
MACHINE_FULL = 0.95  # of its cores, used by the service, k6 and what they cause: more users can bring nothing
SLOW = {"interrupted", "1050"}  # what fails for want of time alone: ended by k6, or timed out
OVERHEAD_S = 1.2  # k6 starts and ends


def search(bench: Bench, say: Callable[[Step], None]) -> Evidence:
    """The evidence for one service; `say` hears of each step as it has ended."""
    service = bench.service
    cores = machine.cores()
    idle_cores = _idle_cores()
    if idle_cores > OTHERS * cores:
        bench.progress.stage(
            f"other programs use {idle_cores:.2f} of {cores:g} cores: close them, if the CPU may limit"
        )
    steps = [_alone(bench, say)]
    stopped: Stopped | None = None
    while stopped is None:
        last = steps[-1]
        users = min(next_users(steps), service.target.users)
        steady_s = between(SHORTEST_S, TURNS * max(last.mean_s, last.p50_s) * 1.5, LONGEST_S)
        if bench.elapsed_s() + steady_s + OVERHEAD_S > BUDGET_S:
            stopped = "time"
            break
        bench.progress.stage(f"{users:,} users")
        steps.append(bench.step(users, steady_s, f"{len(steps) + 1:02d}-{users}-users"))
        say(steps[-1])
        stopped = stop_reason(steps, cores, idle_cores, service.target.users)
    overload = None
    many = overload_users(steps, service.target.users) if stopped == "plateau" else None
    if many:
        bench.progress.stage(f"overload: {many:,} users")
        steady_s = between(SHORTEST_S, 2 * many / steps[-1].throughput_per_s, LONGEST_S)
        overload = bench.step(many, steady_s, f"overload-{many}-users")
        say(overload)
        if overload.throughput_per_s <= STANDSTILL * steps[-1].throughput_per_s:
            stopped = "standstill"
    steady = None
    if stopped != "standstill":
        at = steps[-2] if stopped == "errors" else steps[-1]
        # workers take connections unevenly: more of them, so that each worker has enough
        spread = 2 if stopped == "plateau" and service.target.workers > 1 else 1
        steady = bench.steady(min(at.users * spread, max(at.users, service.target.users)), at.mean_s * spread)
        say(steady)
    told = reader.read(service.shared) if service.shared else []
    return Evidence(
        workers=len(readings.serving(told)) or (service.target.workers if service.target.app else computing(steps)),
        loop=service.loop,
        cores=cores,
        idle_cores=idle_cores,
        steps=tuple(steps),
        steady=steady,
        overload=overload,
        stopped=stopped,
        no_metrics=service.no_metrics,
        unknown=readings.unknown(told),
    )


def computing(steps: list[Step]) -> int:
    """How many processes share the CPU that the service uses: its workers, where nobody says how many it has."""
    busiest = max(steps, key=lambda step: step.server_cores or 0.0)
    return (
        max(1, round(busiest.server_cores / busiest.worker_cores))
        if busiest.server_cores and busiest.worker_cores
        else 1
    )


def next_users(steps: list[Step]) -> int:
    """Four times as many while nobody waits for another request, else twice as many."""
    first, last = steps[0], steps[-1]
    if last.users == 1:
        return 4
    waits = last.p50_s > NO_WAIT * first.p50_s or (last.worker_cores or 0.0) > 0.3
    return last.users * (2 if waits else 4)


def overload_users(steps: list[Step], most_users: int) -> int | None:
    """So many that whoever waits for the limit exhausts what they hold meanwhile; None where they hold nothing.

    Only then can those who hold the one wait for the other, and the other way round: a deadlock that fewer users
    never meet.
    """
    alone, last = steps[0], steps[-1]
    before = {one.name: one.in_use or 0.0 for one in alone.resources}
    full = [one for one in last.resources if one.exhausted]
    filling = [
        one
        for one in last.resources
        if not one.exhausted and one.size and one.in_use and one.in_use >= 2 + 2 * before.get(one.name, 0.0)
    ]
    if not full or not filling:
        return None
    users = min(most_users, ceil(2 * sum(one.size or 0.0 for one in (*full, *filling))))
    return users if users > last.users and users <= LONGEST_S * last.throughput_per_s else None


def stop_reason(steps: list[Step], cores: float, idle_cores: float, most_users: int) -> Stopped | None:
    """Why no more users are sent; None: go on. What others used before any load doesn't count."""
    before, last = steps[-2:]
    best = max(step.throughput_per_s for step in steps)
    if last.throughput_per_s <= STANDSTILL * best:
        return "standstill"
    if last.failing:
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
    answered = step.samples and step.throughput_per_s
    if not answered and not set(step.errors) - SLOW:
        raise UsageError(
            f"one user alone got no response within {LONGEST_S:.0f} s: a path this slow needs no load test, profile "
            "one request"
        )
    if step.failing or not answered:
        raise UsageError(
            f"{step.failed_share:.0%} of one user's requests failed ({step.failures}), without any other load: "
            "see the service's log"
        )
    bench.service_time_s = step.p50_s
    say(step)
    return step


def _idle_cores() -> float:
    """What others use of the machine before there is any load."""
    found = []
    for _ in range(3):
        before_s, before = time.monotonic(), busy_s(psutil.cpu_times())
        time.sleep(0.4)
        found.append((busy_s(psutil.cpu_times()) - before) / (time.monotonic() - before_s))
    return max(0.0, median(found))


def about_s() -> tuple[float, float]:
    """How long a diagnosis takes, seconds: of a quick service, and of a slow one."""
    return 30.0, BUDGET_S + STEADY_LONGEST_S + 20.0


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
    users = "user: " if step.users == 1 else "users:"
    return f"{step.users:>5,} {users} {rate(step.throughput_per_s):>7}/s, response {duration(step.p50_s)}{cpu}{lost}"
