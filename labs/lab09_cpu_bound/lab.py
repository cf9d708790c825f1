"""The same computing inline, in threads, in processes, and in a task queue; what a probe of another route feels."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import COMPUTE_INLINE
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import (
    Quantity,
    Seen,
    configured,
    measured,
    probe_time,
    throughput,
)
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Probe, Scale, Sidecar, Variant, smoke

# computing blocks the loop for just as long: W / b and W / c are one ceiling, so only c is declared
IN_DEF = Endpoint(path="/cpu_def", module="computing", waits=1, holds_token=1, computes=1)
# C code that releases the interpreter lock: its threads compute on as many cores as there are
HASH_INLINE = Endpoint(path="/hash_inline", module="hashing", waits=1, computes=1)
HASH_IN_DEF = Endpoint(path="/hash_def", module="hashing", waits=1, holds_token=1, computes_in_slot=1)
IN_PROCESS = Endpoint(path="/cpu_process", module="computing", waits=1, holds_slot=1, computes_in_slot=1)
QUEUED = Endpoint(path="/cpu_queue", module="jobs", waits=0, pool="async")

INLINE, DEF, PROCESSES = "Python, inline in async def", "Python, def", "Python, process pool"
C_INLINE, C_DEF = "hash in C, inline in async def", "hash in C, def"
BACKLOG = "task queue, λ = 2 μ"

USERS = 10
MS = 50  # c
JOBS_PER_S = 1000 / MS  # μ of the task queue: one process works on it
# its connections are open before the load and, as each is used every 2 s, not closed as idle after 5 s
HEALTH = Probe(path="/health", per_s=50, timeout_s=2, head_start_s=2)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        ms, load, health = 10, smoke(10), Probe(path="/health", per_s=20, timeout_s=5)
    else:
        # a blocked loop accepts one connection per round, so they are all there after c·N²/2 = 2.5 s: in the ramp
        ms, load, health = MS, Load(vus=USERS, ramp_s=3, steady_s=5, timeout_s=20), HEALTH
    processes = max(2, int(machine.cores))
    inline = Variant(name=INLINE, endpoint=COMPUTE_INLINE, ms=ms, workers=1, load=load, probe=health)
    in_processes = replace(
        inline, name=PROCESSES, endpoint=IN_PROCESS, slots=processes, settings=(("COMPUTE_PROCESSES", str(processes)),)
    )
    backlog = replace(
        inline,
        name=BACKLOG,
        endpoint=QUEUED,
        pool=Pool(size=2),
        app="with_task_queue",
        sidecar=Sidecar(module="jobs_worker"),
        load=replace(load, vus=20, arrivals_per_s=2 * JOBS_PER_S),
    )
    if scale == "smoke":
        return [inline, in_processes, replace(inline, name=C_DEF, endpoint=HASH_IN_DEF), backlog]
    return [
        inline,
        replace(inline, name=DEF, endpoint=IN_DEF),
        in_processes,
        replace(inline, name=C_INLINE, endpoint=HASH_INLINE),
        replace(inline, name=C_DEF, endpoint=HASH_IN_DEF),
        backlog,
    ]


def jobs_waiting(name: str) -> Quantity:
    """Jobs in the task queue when the load had ended; how many depends on the CPU that works on them."""

    def of(seen: Seen) -> float:
        found = measured(seen, name).jobs_waiting
        if found is None:
            raise ValueError(f"{name} had no task queue")
        return float(found)

    return Quantity((name,), of, uses_cpu=True)


def time_of_load(name: str) -> Quantity:
    """Ramp and steady phase, seconds: arrivals keep their rate in both."""

    def of(seen: Seen) -> float:
        load = configured(seen, name).load
        return load.ramp_s + load.steady_s

    return Quantity((name,), of)


LAB = Lab(
    number=9,
    slug="lab09_cpu_bound",
    title="CPU-bound work",
    claim="Python code uses one core per worker, even in threads; processes use more cores, and so does some C code",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="Python: throughput of the process pool / inline",
            quantity=throughput(PROCESSES) / throughput(INLINE),
            at_least=1.5,
            needs_cores=2,
            spoken="Python code in a process pool completes {value} times as much as inline in the async def "
            "(claimed: at least 1.5 times)",
        ),
        Check(
            says="Python: throughput of def / inline",
            quantity=throughput(DEF) / throughput(INLINE),
            at_most=1.1,
            spoken="Python code in the threads of a def completes {share} of what it does inline "
            "(claimed: at most 110%)",
        ),
        Check(
            says="C: throughput of def / inline",
            quantity=throughput(C_DEF) / throughput(C_INLINE),
            at_least=1.5,
            needs_cores=2,
            spoken="the hash in C completes {value} times as much in the threads of a def as inline "
            "(claimed: at least 1.5 times)",
        ),
        Check(
            says="probe's p99 beside inline / beside the process pool",
            quantity=probe_time(INLINE, 99) / probe_time(PROCESSES, 99),
            at_least=5,
            needs_cores=2,
            spoken="the health check's p99 beside inline Python code is {value} times as long as beside the process "
            "pool (claimed: at least 5 times)",
        ),
        Check(
            says="probe's p99 beside inline / beside the task queue",
            quantity=probe_time(INLINE, 99) / probe_time(BACKLOG, 99),
            at_least=5,
            needs_cores=2,
        ),
        Check(
            says="λ = 2 μ: jobs waiting at the end / (λ − μ)·t",
            quantity=jobs_waiting(BACKLOG) / (time_of_load(BACKLOG) * JOBS_PER_S),  # λ − μ = μ
            at_least=0.75,
            at_most=1.25,
            needs_cores=2,
        ),
    ),
    segments=5,
    captured_at=("auto",),
)
