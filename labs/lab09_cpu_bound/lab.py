"""The same computing inline, in threads, in processes, and in a task queue; what a bystander feels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Bystander, Check, Endpoint, Lab, Load, Machine, Observed, Ratio, Scale, Variant
from labs.runner.ratios import bystander, measured, share_of_prediction, throughput

# computing blocks the loop for just as long: W / b and W / c are one ceiling, so only c is declared
IN_LOOP = Endpoint("/cpu_inline", "computing", waits=1, computes=1)
IN_DEF = Endpoint("/cpu_def", "computing", waits=1, holds_token=1, computes=1)
IN_THREAD = Endpoint("/cpu_to_thread", "computing", waits=1, computes=1)
IN_PROCESS = Endpoint("/cpu_process", "computing", waits=1, holds_slot=1, computes_in_slot=1)
QUEUED = Endpoint("/cpu_queue", "jobs", waits=0, pool="async")

INLINE, DEF, TO_THREAD = "inline in async def", "def", "asyncio.to_thread, 6 threads"
PROCESSES, SPARE, BACKLOG = "process pool", "task queue, λ = μ / 2", "task queue, λ = 2 μ"

USERS = 10  # a blocked loop accepts one connection a round, so they are all there after c·N²/2 = 2.5 s
MS = 50  # c
SWITCH_S = 0.005  # sys.getswitchinterval(): how long a thread keeps the interpreter lock while others wait
EXECUTOR_THREADS = 6  # what asyncio chooses on two CPUs, min(32, 2 + 4); told to the app so that it is 6 everywhere
# its connections are open before the load and, as each is used every 4 s, not closed as idle after 5 s
HEALTH = Bystander("/health", per_s=50, timeout_s=4, head_start_s=4)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    smoke = scale == "smoke"
    load = Load(10, 0.2, 2, 5, 6) if smoke else Load(USERS, hold_s=10, timeout_s=20)
    ms = 10 if smoke else MS
    health = Bystander("/health", per_s=20, timeout_s=5) if smoke else HEALTH
    processes = max(2, int(machine.cores))
    inline = Variant(INLINE, IN_LOOP, ms, 1, load, bystander=health)
    pool = replace(
        inline, name=PROCESSES, endpoint=IN_PROCESS, slots=processes, settings=(("COMPUTE_PROCESSES", str(processes)),)
    )
    spare = replace(
        inline,
        name=SPARE,
        endpoint=QUEUED,
        pool_size=2,
        app="with_task_queue",
        companion="jobs_worker",
        load=replace(load, vus=20, arrivals_per_s=0.5 * 1000 / MS),
    )
    if smoke:
        return [inline, pool, spare]
    return [
        inline,
        replace(inline, name=DEF, endpoint=IN_DEF),
        replace(inline, name=TO_THREAD, endpoint=IN_THREAD, settings=(("EXECUTOR_THREADS", str(EXECUTOR_THREADS)),)),
        pool,
        spare,
        replace(spare, name=BACKLOG, load=replace(spare.load, arrivals_per_s=2 * 1000 / MS)),
    ]


def bystander_in(name: str, unit_s: float) -> Ratio:
    """The bystander's p99 as a multiple of a time that theory names."""
    return lambda seen: bystander(seen, name).p99 / unit_s


def bystander_beside(name: str, other: str) -> Ratio:
    return lambda seen: bystander(seen, name).p99 / bystander(seen, other).p99


def waiting(seen: Mapping[str, Observed], name: str) -> float:
    found = measured(seen, name).jobs_waiting
    if found is None:
        raise ValueError(f"{name} had no task queue")
    return float(found)


def backlog(seen: Mapping[str, Observed]) -> float:
    """Jobs waiting at the end over (λ − μ)·t, with λ = 2 μ and μ = 1 / c of one worker process."""
    lasted_s = 1.0 + 10.0  # ramp and hold: the arrivals keep their rate in both
    return waiting(seen, BACKLOG) / ((2 - 1) * 1000 / MS * lasted_s)


def left_over(seen: Mapping[str, Observed]) -> float:
    return waiting(seen, SPARE)


LAB = Lab(
    number=9,
    slug="lab09_cpu_bound",
    title="CPU-bound work",
    claim="c of CPU a request allows 1/c inline or in threads, min(processes, cores)/c in processes; a queue defers it",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check("throughput of the process pool / min(K, C)/c", share_of_prediction(PROCESSES), (PROCESSES,),
              low=0.75, high=1.1, clock_bound=False),
        Check("throughput of the process pool / inline, on two cores or more", throughput(PROCESSES, INLINE),
              (PROCESSES, INLINE), low=1.5, clock_bound=False),
        Check("inline: bystander's p99 in rounds of N·c (theory: 1 to 2)", bystander_in(INLINE, USERS * MS / 1000),
              (INLINE,), low=0.8, high=2.4, clock_bound=False),
        # k turns of random length, k from 2 to 5: the p99 of a gamma distribution
        Check("def: bystander's p99 in turns of N × 5 ms (theory: 6.6 to 11.6)",
              bystander_in(DEF, USERS * SWITCH_S), (DEF,), low=5, high=14, clock_bound=False),
        Check("to_thread: bystander's p99 in turns of 6 × 5 ms (theory: 6.6 to 11.6)",
              bystander_in(TO_THREAD, EXECUTOR_THREADS * SWITCH_S), (TO_THREAD,), low=5, high=14,
              clock_bound=False),
        Check("bystander's p99 beside the process pool / beside inline", bystander_beside(PROCESSES, INLINE),
              (PROCESSES, INLINE), low=0.0, high=0.1, clock_bound=False),
        Check("bystander's p99 beside the task queue / beside inline", bystander_beside(BACKLOG, INLINE),
              (BACKLOG, INLINE), low=0.0, high=0.1, clock_bound=False),
        Check("λ = 2 μ: jobs waiting at the end / (λ − μ)·t", backlog, (BACKLOG,), low=0.75, high=1.25,
              clock_bound=False),
        Check("λ = μ / 2: jobs waiting at the end", left_over, (SPARE,), low=0, high=2, clock_bound=False),
    ),
    captured_at=("auto",),
)  # fmt: skip
