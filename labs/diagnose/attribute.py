"""Pure: evidence in, the resource that limits out, with the sentences that say why.

Looked for in this order: the load generator and the machine; a full core; a standstill; a blocked event loop, by how
much of the time it is blocked where that is known; of the resources that are exhausted and waited for the one whose
holders wait for no other exhausted one; a wait outside; no limit.
"""

from labs.diagnose import cpu
from labs.diagnose.cpu import FULL, worker_cpu_s
from labs.diagnose.evidence import Evidence, Resource, Step
from labs.diagnose.finding import LOOP, WORKER_CORE, Answer, Finding, Limit, limit_of, limited_by
from labs.diagnose.standstill import standstill
from labs.engine.formatting import duration, rate, share

NEAR = 0.70  # of a core: from here on the CPU may stretch what a clock would decide
LAG_SHARE = 0.10  # of the response time, and
LAG_OF_BLOCKING = 0.5  # of how long each request would block the loop: a loop that is this late is waited for
SHORT_LAG_S = 0.005  # any loop is this late at times
STRETCHED = 1.5  # × the response time alone: who holds a resource for longer waits for another
LOOP_NEAR = 0.60  # of the time: requests that a pool lets in together block the loop together, and then it rests
NOTED = 0.30  # of the time: holders who wait for something wait for this loop
GREW = 1.15  # × the throughput that twice the users must bring, else it stopped growing


def attribute(e: Evidence) -> Finding:
    step = e.judged
    for found in (
        _nothing_measured(e),
        cpu.trap(e, step),  # before the generator: with users enough it reaches its own limit, and the trap stays
        cpu.generator(e, step),
        cpu.full_core(e, step),
        cpu.machine(e, step),
        standstill(e),
        _blocked_loop(e, step),
        _exhausted(e, step),
        _refused(e, step),
        _outside(e, step),
    ):
        if found:
            return found
    per_s = rate(step.throughput_per_s)
    return Finding(
        answer=Answer.NO_LIMIT,
        limits=(),
        because=(
            f"up to {step.users:,} users throughput still grew, to {per_s}/s, "
            f"and a response took {duration(step.mean_s)} ({duration(e.service_time_s)} alone)",
        ),
    )


def _nothing_measured(e: Evidence) -> Finding | None:
    if any(step.samples for step in e.steps):
        return None
    return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=("no request got a response",))


# --- what the service has of its own -----------------------------------------------------------


def _blocked_loop(e: Evidence, step: Step) -> Finding | None:
    lag_s, x, blocked = step.loop_lag_s, step.throughput_per_s, step.loop_blocked
    if blocked is not None and x and blocked >= FULL and _at_plateau(e):
        limit = loop_of(e, step)
        told = f"each request blocks the loop for {duration(limit.held_s)} of its {duration(e.service_time_s)}"
        held_up = (f"{one.told}: its holders probably wait for the loop" for one in step.resources if one.exhausted)
        return Finding(answer=Answer.LIMIT, limits=(limit,), because=(step.blocked, told, *held_up))
    if blocked is not None and any(one.exhausted for one in step.resources):
        return None
    if lag_s is None or not x or lag_s < SHORT_LAG_S or not _at_plateau(e):
        return None
    # a resource that is exhausted as well explains the waiting better, unless the loop is late by most of it
    wanted = LAG_SHARE * (5 if any(one.exhausted for one in step.resources) else 1)
    blocked_s = e.workers / x
    late = lag_s >= max(wanted * step.mean_s, LAG_OF_BLOCKING * blocked_s)
    if not late or blocked_s > 1.2 * e.alone.mean_s:
        return None
    if (step.worker_cores or 0.0) > cpu.MORE_THAN_ONE:
        return cpu.beside_the_lock(e, step)
    idle = "" if step.worker_cores is None else f", while a worker used {step.worker_cores:.2f} of a core"
    because = (
        f"the event loop served its timers {duration(lag_s)} late, of a response time of {duration(step.mean_s)}{idle}",
        f"{e.workers} worker{'s' if e.workers > 1 else ''} ÷ {rate(x)}/s: each request blocks the loop for "
        f"{duration(blocked_s)} of its {duration(e.service_time_s)}",
    )
    return limited_by(LOOP, because, size=e.workers, held_s=blocked_s)


def loop_of(e: Evidence, step: Step) -> Limit:
    """The loop of each worker, and b = ρ·W ÷ X, for how long a request blocks one."""
    assert step.loop_busy is not None
    return Limit(kind=LOOP, size=e.workers, held_s=step.loop_busy * e.workers / step.throughput_per_s)


def _exhausted(e: Evidence, step: Step) -> Finding | None:
    full = [one for one in step.resources if one.exhausted]
    if not full:
        return None
    inner = [one for one in full if not any(holds_up(other, one) for other in full if other is not one)]
    because = [one.told for one in inner]
    for outer in full:
        because += [
            f"{outer.told}; its holders are the ones who wait for the {one.name}"
            for one in inner
            if outer not in inner and holds_up(one, outer)
        ]
    x = step.throughput_per_s
    limits = [limit_of(one, x) for one in inner]
    if len(limits) == 1 and x and (step.loop_blocked or 0.0) >= LOOP_NEAR:
        because += [step.blocked, f"each request blocks it for {duration(loop_of(e, step).held_s)}"]
        return Finding(answer=Answer.BETWEEN, limits=(limits[0], loop_of(e, step)), because=tuple(because))
    if len(limits) == 1 and (stretched := _stretched(e, step, limits[0], because)):
        return stretched
    if len(limits) == 1 and step.worker_cores is not None and NEAR <= step.worker_cores < FULL:
        because.append(f"each worker used {step.worker_cores:.2f} of a core, so the CPU is near as well")
        limits.append(Limit(kind=WORKER_CORE, size=e.workers, held_s=worker_cpu_s(e, step), clock_limited=False))
    answer = Answer.LIMIT if len(limits) == 1 else Answer.BETWEEN
    if len(limits) == 1 and x:
        because.append(
            f"{inner[0].size:,.0f} ÷ {rate(x)}/s: a request holds one for {duration(limits[0].held_s)} on average"
        )
    return Finding(answer=answer, limits=tuple(limits), because=tuple(because))


def _stretched(e: Evidence, step: Step, limit: Limit, because: list[str]) -> Finding | None:
    """Who holds one for longer than a whole request takes alone waits for something else meanwhile."""
    alone_s = max(e.alone.mean_s, e.alone.p50_s)
    if limit.held_s is None or limit.held_s <= STRETCHED * alone_s or (step.worker_cores or 0.0) >= NEAR:
        return None
    longer = (
        f"but under load a request holds one for {duration(limit.held_s)}, and alone it takes {duration(alone_s)} as a "
        "whole: its holders wait for something else"
    )
    if (step.loop_blocked or 0.0) >= NOTED:
        because += [longer.replace("wait for something else", "probably wait for the event loop"), step.blocked]
        return Finding(answer=Answer.BETWEEN, limits=(limit, loop_of(e, step)), because=tuple(because))
    if e.idle_cores > cpu.OTHERS * e.cores:
        others = f"other programs used {e.idle_cores:.2f} of {e.cores:g} cores, which may be what they wait for"
        return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=(others, *because, longer))
    return Finding(answer=Answer.OUTSIDE, limits=(), because=(*because, longer))


def holds_up(inner: Resource, outer: Resource) -> bool:
    """Whether those who hold `outer` are the ones who use `inner` or wait for it.

    Then no more of them can be there than there are places in `outer`; the reading that says so is exact to a few.
    """
    assert inner.in_use is not None and inner.waiting is not None and outer.in_use is not None
    at_inner = inner.in_use + inner.waiting
    fits = at_inner <= 1.05 * outer.in_use + 1
    return fits and at_inner < (outer.in_use + (outer.waiting or 0.0))


# --- what is left -------------------------------------------------------------------------------


def _refused(e: Evidence, step: Step) -> Finding | None:
    """More users are refused; or the plateau itself fails, though it didn't when it was looked for."""
    if e.stopped != "errors" and not step.failing:
        return None
    last = e.steps[-1] if e.stopped == "errors" else step
    because = [f"with {last.users:,} users {share(last.failed_share)} of the requests failed ({last.failures})"]
    if full := [one for one in last.resources if one.exhausted]:
        because += (one.told for one in full)
        because.append("those who wait for it longest are refused")
        limits = tuple(limit_of(one, last.throughput_per_s) for one in full[:1])
        return Finding(answer=Answer.LIMIT, limits=limits, because=tuple(because))
    because.append("its log may say why; a limit on concurrent requests refuses like this")
    return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=tuple(because))


def _outside(e: Evidence, step: Step) -> Finding | None:
    if not _at_plateau(e):
        return None
    x, s = step.throughput_per_s, e.service_time_s
    before, last = e.steps[-2:]
    grew = (
        f"{last.users:,} users instead of {before.users:,} brought {rate(last.throughput_per_s)}/s instead of "
        f"{rate(before.throughput_per_s)}/s, and made a response take {duration(last.mean_s)} instead of "
        f"{duration(before.mean_s)}"
    )
    places = f"{rate(x)}/s × {duration(s)} alone: as if {x * s:.3g} places were held for the whole request"
    if e.no_metrics:
        return Finding(answer=Answer.PLACES, limits=(), because=(grew, places, f"no server metrics: {e.no_metrics}"))
    because = [grew, "of all that this service limits nothing we can read was exhausted, and its CPU was idle", places]
    unread = [one.name for one in step.resources if one.in_use is None]  # without a size alone it has no limit
    if unread or e.unknown:
        because.append(f"could not be read: {', '.join([*unread, *e.unknown])}")
    return Finding(answer=Answer.OUTSIDE, limits=(), because=tuple(because))


def _at_plateau(e: Evidence) -> bool:
    """Whether the last increase of users brought no more throughput, in proportion to one doubling."""
    if len(e.steps) < 2:
        return False
    before, last = e.steps[-2:]
    return not grows(before, last)


def grows(before: Step, after: Step) -> bool:
    """Whether throughput grew with the users: by more than `GREW` where they doubled, in proportion elsewhere."""
    if not before.throughput_per_s:
        return after.throughput_per_s > 0
    added = after.users / before.users - 1  # 1: twice as many
    return after.throughput_per_s / before.throughput_per_s > 1 + (GREW - 1) * added
