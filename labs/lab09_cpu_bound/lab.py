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
    share_of_prediction,
    throughput,
)
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Probe, Scale, Sidecar, Variant, smoke

# computing blocks the loop for just as long: W / b and W / c are one ceiling, so only c is declared
IN_DEF = Endpoint(path="/cpu_def", module="computing", waits=1, holds_token=1, computes=1)
IN_THREAD = Endpoint(path="/cpu_to_thread", module="computing", waits=1, computes=1)
IN_PROCESS = Endpoint(path="/cpu_process", module="computing", waits=1, holds_slot=1, computes_in_slot=1)
QUEUED = Endpoint(path="/cpu_queue", module="jobs", waits=0, pool="async")

INLINE, DEF, TO_THREAD = "inline in async def", "def", "asyncio.to_thread, 6 threads"
PROCESSES, SPARE, BACKLOG = "process pool", "task queue, λ = μ / 2", "task queue, λ = 2 μ"

USERS = 10  # a blocked loop accepts one connection per round, so they are all there after c·N²/2 = 2.5 s
MS = 50  # c
JOBS_PER_S = 1000 / MS  # μ of the task queue: one process works on it
SWITCH_S = 0.005  # sys.getswitchinterval(): how long a thread keeps the interpreter lock while others wait
EXECUTOR_THREADS = 6  # what asyncio chooses on two CPUs, min(32, 2 + 4); told to the app so that it is 6 everywhere
# its connections are open before the load and, as each is used every 4 s, not closed as idle after 5 s
HEALTH = Probe(path="/health", per_s=50, timeout_s=4, head_start_s=4)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        ms, load, health = 10, smoke(10), Probe(path="/health", per_s=20, timeout_s=5)
    else:
        ms, load, health = MS, Load(vus=USERS, steady_s=10, timeout_s=20), HEALTH
    processes = max(2, int(machine.cores))
    inline = Variant(name=INLINE, endpoint=COMPUTE_INLINE, ms=ms, workers=1, load=load, probe=health)
    in_processes = replace(
        inline, name=PROCESSES, endpoint=IN_PROCESS, slots=processes, settings=(("COMPUTE_PROCESSES", str(processes)),)
    )
    spare = replace(
        inline,
        name=SPARE,
        endpoint=QUEUED,
        pool=Pool(size=2),
        app="with_task_queue",
        sidecar=Sidecar(module="jobs_worker"),
        load=replace(load, vus=20, arrivals_per_s=JOBS_PER_S / 2),
    )
    if scale == "smoke":
        return [inline, in_processes, spare]
    return [
        inline,
        replace(inline, name=DEF, endpoint=IN_DEF),
        replace(inline, name=TO_THREAD, endpoint=IN_THREAD, settings=(("EXECUTOR_THREADS", str(EXECUTOR_THREADS)),)),
        in_processes,
        spare,
        replace(spare, name=BACKLOG, load=replace(spare.load, arrivals_per_s=2 * JOBS_PER_S)),
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
    claim="c of CPU per request allows 1/c inline or in threads, min(processes, cores)/c in processes; "
    "a queue defers it",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="throughput of the process pool / min(K, C)/c",
            quantity=share_of_prediction(PROCESSES),
            at_least=0.75,
            at_most=1.1,
        ),
        Check(
            says="throughput of the process pool / inline, on two cores or more",
            quantity=throughput(PROCESSES) / throughput(INLINE),
            at_least=1.5,
        ),
        Check(
            says="inline: probe's p99 in rounds of N·c (theory: 1 to 2)",
            quantity=probe_time(INLINE, 99) / (USERS * MS / 1000),
            at_least=0.8,
            at_most=2.4,
        ),
        # k turns of random length, k from 2 to 5: the p99 of a gamma distribution
        Check(
            says="def: probe's p99 in turns of N × 5 ms (theory: 6.6 to 11.6)",
            quantity=probe_time(DEF, 99) / (USERS * SWITCH_S),
            at_least=5,
            at_most=14,
        ),
        Check(
            says="to_thread: probe's p99 in turns of 6 × 5 ms (theory: 6.6 to 11.6)",
            quantity=probe_time(TO_THREAD, 99) / (EXECUTOR_THREADS * SWITCH_S),
            at_least=5,
            at_most=14,
        ),
        Check(
            says="probe's p99 beside the process pool / beside inline",
            quantity=probe_time(PROCESSES, 99) / probe_time(INLINE, 99),
            at_most=0.1,
        ),
        Check(
            says="probe's p99 beside the task queue / beside inline",
            quantity=probe_time(BACKLOG, 99) / probe_time(INLINE, 99),
            at_most=0.1,
        ),
        Check(
            says="λ = 2 μ: jobs waiting at the end / (λ − μ)·t",
            quantity=jobs_waiting(BACKLOG) / (time_of_load(BACKLOG) * JOBS_PER_S),  # λ − μ = μ
            at_least=0.75,
            at_most=1.25,
        ),
        Check(says="λ = μ / 2: jobs waiting at the end", quantity=jobs_waiting(SPARE), at_most=2),
    ),
    captured_at=("auto",),
)
