"""Pure: what each resource allows at most, by how long a request was measured to hold it."""

from math import inf

from labs.diagnose.attribute import holds_up, loop_of
from labs.diagnose.cpu import OTHERS, worker_cpu_s
from labs.diagnose.evidence import Evidence, Frozen, Resource, Step
from labs.diagnose.finding import LOOP, MACHINE, WORKER_CORE, Answer, Finding
from labs.engine.formatting import duration
from labs.engine.theory import queueing

LEAST_BLOCKED = 0.10  # of the time: less is no more than what any loop has to do


class Ceiling(Frozen):
    """The highest throughput that one resource allows, from how long a request was measured to hold it."""

    name: str
    per_s: float
    formula: str
    clock_limited: bool = True


def ceilings(e: Evidence, finding: Finding) -> tuple[Ceiling, ...]:
    """Every ceiling that can be known from what was measured, lowest first."""
    step = e.judged
    x = step.throughput_per_s
    if not x:
        return ()
    found = [one for resource in step.resources if (one := _of_resource(resource, step))]
    loop = next((one for one in finding.limits if one.kind == LOOP and finding.answer != Answer.DEADLOCK), None)
    if loop is None and (step.loop_blocked or 0.0) >= LEAST_BLOCKED:
        loop = loop_of(e, step)
    if loop and loop.held_s:
        per_s = queueing.event_loop(e.workers, loop.held_s)
        formula = f"{_workers(e.workers)} ÷ {duration(loop.held_s)} for which a request blocks its loop"
        found.append(Ceiling(name=LOOP, per_s=per_s, formula=formula))
    if c := worker_cpu_s(e, step):
        per_s = queueing.worker_cpu(e.workers, c)
        found.append(Ceiling(name=WORKER_CORE, per_s=per_s, formula=_cpu(e.workers, c), clock_limited=False))
    if shared := _shared(e, step):
        found.append(shared)
    return tuple(sorted((one for one in found if one.per_s < inf), key=lambda one: one.per_s))


def _shared(e: Evidence, step: Step) -> Ceiling | None:
    """What the machine's cores allow; None where other programs had a part of them that nobody can tell from ours."""
    caused = max(0.0, step.other_cores - e.idle_cores)  # by a database, say
    if not step.server_cores or e.idle_cores > OTHERS * e.cores:
        return None
    ours = step.server_cores + step.generator_cores
    if caused > max(ours, OTHERS * e.cores):
        return None
    each_s = (ours + caused) / step.throughput_per_s
    formula = f"{e.cores:g} cores ÷ {each_s * 1e3:.3g} ms of the service, k6 and what they cause"
    per_s = queueing.shared_cores(e.cores, each_s)
    return Ceiling(name=MACHINE, per_s=per_s, formula=formula, clock_limited=False)


def _of_resource(one: Resource, step: Step) -> Ceiling | None:
    """Little's law: in use ÷ throughput is how long one is held. Whoever waits for an inner one works on nothing."""
    if not one.size or one.in_use is None:
        return None
    inner = [
        other
        for other in step.resources
        if other is not one and other.waiting and other.in_use is not None and holds_up(other, one)
    ]
    busy = one.in_use - sum(other.waiting or 0.0 for other in inner)
    if busy < 0.5:
        return None  # a reading of whole places says nothing of less than one
    held_s = busy / step.throughput_per_s
    formula = f"{one.size:,.0f} ÷ {duration(held_s)}"
    return Ceiling(name=one.name, per_s=queueing.slots(1, int(one.size), held_s), formula=formula)


def _cpu(workers: int, c: float) -> str:
    return f"{_workers(workers)} ÷ {c * 1e3:.3g} ms of CPU"


def _workers(count: int) -> str:
    return f"{count} worker{'s' if count > 1 else ''}"
