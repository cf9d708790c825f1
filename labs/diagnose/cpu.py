"""Pure: the load generator, the machine, a full core: what limits before any resource of the service does."""

from labs.diagnose.evidence import Evidence, Step
from labs.diagnose.finding import GENERATOR, MACHINE, TRAP, WORKER_CORE, Answer, Finding, Limit, limited_by
from labs.engine.formatting import duration
from labs.engine.judgement import guards

FULL = guards.BUSY_SHARE  # of a core per worker, or of the machine
MORE_THAN_ONE = 1.15  # cores of one process: it computes where the interpreter lock is released
OTHERS = guards.OTHERS_SHARE  # of the machine, used by others before there is any load
HARDLY, HARDLY_ALONE = 0.30, 0.05  # of a core, under load and with one user: others who compute don't hold it up


def generator(e: Evidence, step: Step) -> Finding | None:
    others = (step.server_cores or 0.0) + step.other_cores
    has_all = step.generator_cores >= FULL * e.cores
    if not has_all and not (busy(e, step) and step.generator_cores > others):
        return None
    if not has_all and (disturbed := others_disturb(e, step)):
        return disturbed
    because = (
        f"k6 used {step.generator_cores:.2f} of {e.cores:g} cores: your service responds faster than this "
        "machine can ask it",
    )
    return limited_by(GENERATOR, because, clock_limited=False)


def trap(e: Evidence, step: Step) -> Finding | None:
    """uvicorn's workers on the asyncio loop lose TCP_NODELAY: a delayed acknowledgment holds each response back."""
    if e.loop != "asyncio" or e.workers == 1 or not 0.038 <= e.service_time_s % 0.1 <= 0.050:
        return None
    if (e.alone.worker_cores or 0.0) > 0.2 or any(one.exhausted for one in step.resources):
        return None
    because = (
        f"{e.workers} workers on the asyncio loop, and one user alone waits {duration(e.service_time_s)}: about "
        "the 40 ms for which a client's system may hold an acknowledgment back",
        "uvicorn's workers on that loop lose TCP_NODELAY, so each response waits for it; --loop uvloop doesn't",
    )
    return limited_by(TRAP, because, held_s=e.service_time_s)


def full_core(e: Evidence, step: Step) -> Finding | None:
    """A worker's own core, where nobody else was in the way of it.

    Beside other programs the same request costs more CPU (they share caches, and on many machines the two threads of
    one core), and a worker waits for its turn: how full its core would be without them can't be told.
    """
    used = step.worker_cores
    if used is None or not FULL <= used <= MORE_THAN_ONE:
        return None
    if disturbed := others_disturb(e, step):
        return disturbed
    who = f"each of {e.workers} workers" if e.workers > 1 else "its one worker"
    because = [f"{who} used {used:.2f} cores, and one interpreter lock allows one"]
    because += [f"{one.told}: it waits for the CPU as well" for one in step.resources if one.exhausted]
    return limited_by(WORKER_CORE, tuple(because), size=e.workers, held_s=worker_cpu_s(e, step), clock_limited=False)


def beside_the_lock(e: Evidence, step: Step) -> Finding:
    """A late loop in a process that uses more than one core: threads compute, and hold the interpreter lock in part.

    One thread can't use more than one core, so the loop alone isn't what computes. That it waits for the lock is an
    inference: nothing here sees who holds it.
    """
    assert step.worker_cores is not None and step.loop_lag_s is not None
    because = (
        f"a worker used {step.worker_cores:.2f} cores: its threads compute, for a part of the time without the "
        "interpreter lock, which allows one core",
        f"the event loop served its timers {duration(step.loop_lag_s)} late: it probably waits for that lock",
    )
    limits = tuple(Limit(kind=kind, size=None, held_s=None, clock_limited=False) for kind in (WORKER_CORE, MACHINE))
    return Finding(answer=Answer.BETWEEN, limits=limits, because=because)


def machine(e: Evidence, step: Step) -> Finding | None:
    if not busy(e, step):
        return None
    if disturbed := others_disturb(e, step):
        return None if _needs_little(e, step) else disturbed
    because = (
        f"your service used {step.server_cores or 0.0:.2f} and k6 {step.generator_cores:.2f} of {e.cores:g} cores, "
        f"others (a database?) {step.other_cores:.2f}",
    )
    return limited_by(MACHINE, because, size=e.cores, clock_limited=False)


def others_disturb(e: Evidence, step: Step) -> Finding | None:
    """Programs that are no part of the service were there before the load, or have most of a busy machine."""
    ours = (step.server_cores or 0.0) + step.generator_cores
    if e.idle_cores > OTHERS * e.cores:
        because = [guards.others_used(e.idle_cores, e.cores), "they did before there was any load"]
    elif step.other_cores > ours and busy(e, step):
        because = [
            f"other programs (a database?) used {step.other_cores:.2f} of {e.cores:g} cores meanwhile, your service "
            f"and k6 {ours:.2f}: look with top which program that is"
        ]
    else:
        return None
    return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=tuple(because))


def _needs_little(e: Evidence, step: Step) -> bool:
    """Service and k6 have what they need, whoever else is busy; k6, too, where others wait inside the service."""
    asked_enough = step.generator_cores < HARDLY or any(one.exhausted for one in step.resources)
    return asked_enough and _hardly_computes(e.alone, HARDLY_ALONE) and _hardly_computes(step, HARDLY)


def _hardly_computes(step: Step, cores: float) -> bool:
    return step.worker_cores is not None and step.worker_cores < cores


def busy(e: Evidence, step: Step) -> bool:
    """Whether whatever ran used as much of the machine as leaves nobody all that it wants."""
    return (step.server_cores or 0.0) + step.generator_cores + step.other_cores >= FULL * e.cores


def worker_cpu_s(e: Evidence, step: Step) -> float | None:
    """c: CPU seconds that one request costs the process that serves it."""
    used = step.worker_cores
    return e.workers * used / step.throughput_per_s if used and step.throughput_per_s else None
