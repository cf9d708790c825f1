"""Pure: evidence in, the resource that limits out, with the sentences that say why.

Looked for in this order: the load generator and the machine; a full core; a blocked event loop; of the
resources that are exhausted and waited for the one whose holders wait for no other exhausted one; a
deadlock of those; a wait outside; no limit.
"""

from enum import StrEnum

from labs.diagnose.evidence import Evidence, Frozen, Resource, Step
from labs.engine.formatting import duration, rate, share

FULL = 0.85  # of a core per worker, or of the machine
NEAR = 0.70  # from here on the CPU may stretch what a clock would decide
MORE_THAN_ONE = 1.15  # cores of one process: it computes where the interpreter lock is released
OTHERS = 0.10  # of the machine, used by others before there is any load
HELD_UP = 0.30  # of a core: a worker that uses less is not held up by others who use the machine
MOST_READINGS = 0.6
LAG_SHARE = 0.25  # of the response time: a loop that is this late is what requests wait for
SHORT_LAG_S = 0.005  # any loop is this late at times
GREW = 1.15  # throughput per doubling of users below which it stopped growing
STANDSTILL = 0.05  # of the best throughput


class Answer(StrEnum):
    LIMIT = "limited by"
    BETWEEN = "between"
    DEADLOCK = "deadlock"
    OUTSIDE = "a wait outside"
    PLACES = "places of an unknown kind"
    NO_LIMIT = "no limit found"
    INCONCLUSIVE = "inconclusive"


LOOP, WORKER_CORE, MACHINE, GENERATOR = "event loop", "a core per worker", "shared cores", "the load generator"
TRAP = "delayed acknowledgments"


class Limit(Frozen):
    """`size`: how many there are, all processes together; `held_s`: how long a request holds one."""

    kind: str
    made_in: str = ""
    size: float | None = None
    held_s: float | None = None
    clock_limited: bool = True

    @property
    def name(self) -> str:
        return self.kind if not self.made_in or self.kind == "thread tokens" else f"{self.kind} ({self.made_in})"


class Finding(Frozen):
    """`limits`: one; two where it sits between them; those of a deadlock; none else."""

    answer: Answer
    limits: tuple[Limit, ...]
    because: tuple[str, ...]

    @property
    def sentence(self) -> str:
        names = " and ".join(limit.name for limit in self.limits)
        return f"{self.answer} {names}".rstrip() if self.answer != Answer.DEADLOCK else f"deadlock of {names}"


def attribute(e: Evidence) -> Finding:
    step = e.judged
    for found in (
        _nothing_measured(e),
        _generator(e, step),
        _trap(e, step),
        _full_core(e, step),
        _machine(e, step),
        _deadlock(e, step),
        _blocked_loop(e, step),
        _exhausted(e, step),
        _refused(e),
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


# --- what isn't the service's own ------------------------------------------------------------


def _nothing_measured(e: Evidence) -> Finding | None:
    if any(step.samples for step in e.steps):
        return None
    return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=("no request got a response",))


def _generator(e: Evidence, step: Step) -> Finding | None:
    others = (step.server_cores or 0.0) + step.other_cores
    if step.generator_cores < FULL * e.cores and not (_busy(e, step) and step.generator_cores > others):
        return None
    because = (
        f"k6 used {step.generator_cores:.2f} of {e.cores:g} cores: your service responds faster than this "
        "machine can ask it",
    )
    return _limit(GENERATOR, because, clock_limited=False)


def _trap(e: Evidence, step: Step) -> Finding | None:
    """uvicorn's workers on the asyncio loop lose TCP_NODELAY: a delayed acknowledgment holds each response back."""
    if e.loop != "asyncio" or e.workers == 1 or not 0.038 <= e.service_time_s % 0.1 <= 0.050:
        return None
    if (e.alone.worker_cores or 0.0) > 0.2 or any(_is_full(one) for one in step.resources):
        return None
    because = (
        f"{e.workers} workers on the asyncio loop, and one user alone waits {duration(e.service_time_s)}: about "
        "the 40 ms for which a client's system may hold an acknowledgment back",
        "uvicorn's workers on that loop lose TCP_NODELAY, so each response waits for it; --loop uvloop doesn't",
    )
    return _limit(TRAP, because, held_s=e.service_time_s)


def _full_core(e: Evidence, step: Step) -> Finding | None:
    used = step.worker_cores
    if used is None or not FULL <= used <= MORE_THAN_ONE:
        return None
    because = [f"each of {e.workers} workers used {used:.2f} cores, and one interpreter lock allows one"]
    because += [f"{told}: it waits for the CPU as well" for told in map(_told, filter(_is_full, step.resources))]
    return _limit(WORKER_CORE, tuple(because), size=e.workers, held_s=worker_cpu_s(e, step), clock_limited=False)


def _machine(e: Evidence, step: Step) -> Finding | None:
    if not _busy(e, step):
        return None
    if e.idle_cores > OTHERS * e.cores:
        if step.worker_cores is not None and step.worker_cores < HELD_UP:
            return None  # it has what it needs, whoever else is busy
        others = f"other programs used {e.idle_cores:.2f} of {e.cores:g} cores before there was any load: close them"
        return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=(others,))
    ours = (step.server_cores or 0.0) + step.generator_cores
    because = [
        f"your service used {step.server_cores or 0.0:.2f} and k6 {step.generator_cores:.2f} of {e.cores:g} cores, "
        f"others (a database?) {step.other_cores:.2f}"
    ]
    if step.server_cores is None or ours < step.other_cores:
        because.append("most of it is none of ours: look with top which program that is")
    return _limit(MACHINE, tuple(because), size=e.cores, clock_limited=False)


def _busy(e: Evidence, step: Step) -> bool:
    return (step.server_cores or 0.0) + step.generator_cores + step.other_cores >= FULL * e.cores


# --- what the service has of its own -----------------------------------------------------------


def _blocked_loop(e: Evidence, step: Step) -> Finding | None:
    lag_s, x = step.loop_lag_s, step.throughput_per_s
    if lag_s is None or not x or lag_s < SHORT_LAG_S or not _at_plateau(e):
        return None
    # a resource that is exhausted as well explains the waiting better, unless the loop is late by most of it
    wanted = LAG_SHARE * (2 if any(map(_is_full, step.resources)) else 1)
    blocked_s = e.workers / x
    if lag_s < wanted * min(step.mean_s, step.p50_s or step.mean_s) or blocked_s > 1.2 * e.alone.mean_s:
        return None
    idle = "" if step.worker_cores is None else f", while a worker used {step.worker_cores:.2f} of a core"
    because = (
        f"the event loop served its timers {duration(lag_s)} late, of a response time of {duration(step.mean_s)}{idle}",
        f"{e.workers} worker{'s' if e.workers > 1 else ''} ÷ {rate(x)}/s: each request blocks the loop for "
        f"{duration(blocked_s)} of its {duration(e.service_time_s)}",
    )
    return _limit(LOOP, because, size=e.workers, held_s=blocked_s)


def _deadlock(e: Evidence, step: Step) -> Finding | None:
    best = max(one.throughput_per_s for one in e.steps)
    stood = next((one for one in (step, e.steps[-1]) if one.throughput_per_s <= STANDSTILL * best), None)
    if stood is None:
        return None
    full = [one for one in stood.resources if _is_full(one)]
    because = [f"with {stood.users:,} users throughput fell from {rate(best)}/s to {rate(stood.throughput_per_s)}/s"]
    if not full:
        because.append("nothing that we can read was exhausted meanwhile")
        return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=tuple(because))
    because += map(_told, full)
    if len(full) == 1:
        because.append("whoever holds one waits for a second one of the same")
    else:
        because.append("whoever holds the one waits for the other")
    limits = tuple(_limit_of(one, None) for one in full)
    return Finding(answer=Answer.DEADLOCK, limits=limits, because=tuple(because))


def _exhausted(e: Evidence, step: Step) -> Finding | None:
    full = [one for one in step.resources if _is_full(one)]
    if not full:
        return None
    inner = [one for one in full if not any(holds_up(other, one) for other in full if other is not one)]
    because = [_told(one) for one in inner]
    for outer in full:
        because += [
            f"{_told(outer)}; its holders are the ones who wait for the {one.name}"
            for one in inner
            if outer not in inner and holds_up(one, outer)
        ]
    x = step.throughput_per_s
    limits = [_limit_of(one, x) for one in inner]
    if len(limits) == 1 and step.worker_cores is not None and NEAR <= step.worker_cores < FULL:
        because.append(f"each worker used {step.worker_cores:.2f} of a core, so the CPU is near as well")
        limits.append(Limit(kind=WORKER_CORE, size=e.workers, held_s=worker_cpu_s(e, step), clock_limited=False))
    answer = Answer.LIMIT if len(limits) == 1 else Answer.BETWEEN
    if len(limits) == 1 and x:
        because.append(f"{_count(inner[0].size)} ÷ {rate(x)}/s: a request holds one for {duration(limits[0].held_s)}")
    return Finding(answer=answer, limits=tuple(limits), because=tuple(because))


def holds_up(inner: Resource, outer: Resource) -> bool:
    """Whether those who hold `outer` are the ones who use `inner` or wait for it.

    Then no more of them can be there than there are places in `outer`; the reading that says so is exact to a few.
    """
    assert inner.in_use is not None and inner.waiting is not None and outer.in_use is not None
    at_inner = inner.in_use + inner.waiting
    fits = at_inner <= 1.05 * outer.in_use + 1
    return fits and at_inner < (outer.in_use + (outer.waiting or 0.0))


def _is_full(one: Resource) -> bool:
    return one.full_share is not None and one.full_share >= MOST_READINGS


def _told(one: Resource) -> str:
    return f"{one.name}: {_count(one.in_use)} of {_count(one.size)} in use, {_count(one.waiting)} waiting"


def _count(number: float | None) -> str:
    return "unknown" if number is None else f"{number:,.0f}"


def _limit_of(one: Resource, x: float | None) -> Limit:
    held_s = one.size / x if x and one.size else None
    return Limit(kind=one.kind, made_in=one.made_in, size=one.size, held_s=held_s)


# --- what is left -------------------------------------------------------------------------------


def _refused(e: Evidence) -> Finding | None:
    if e.stopped != "errors":
        return None
    last = e.steps[-1]
    because = [f"with {last.users:,} users {share(last.failed_share)} of the requests failed ({_errors(last)})"]
    if full := [one for one in last.resources if _is_full(one)]:
        because += map(_told, full)
        because.append("those who wait for it longest are refused")
        limits = tuple(_limit_of(one, last.throughput_per_s) for one in full[:1])
        return Finding(answer=Answer.LIMIT, limits=limits, because=tuple(because))
    because.append("its log may say why; a limit on concurrent requests refuses like this")
    return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=tuple(because))


def _outside(e: Evidence, step: Step) -> Finding | None:
    if not _at_plateau(e):
        return None
    x, s = step.throughput_per_s, e.service_time_s
    grew = (
        f"from {e.steps[-2].users:,} to {e.steps[-1].users:,} users throughput stayed at {rate(x)}/s and the "
        f"response time grew from {duration(e.steps[-2].mean_s)} to {duration(e.steps[-1].mean_s)}"
    )
    places = f"{rate(x)}/s × {duration(s)} alone: as if {x * s:.3g} places were held for the whole request"
    if e.no_metrics:
        return Finding(answer=Answer.PLACES, limits=(), because=(grew, places, f"no server metrics: {e.no_metrics}"))
    because = [grew, "of all that this service limits nothing we can read was exhausted, and its CPU was idle", places]
    unread = [one.name for one in step.resources if one.size is None or one.in_use is None]
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
    """Whether throughput grew with the users: by more than `GREW` per doubling of them."""
    if not before.throughput_per_s:
        return after.throughput_per_s > 0
    doublings = (after.users / before.users - 1) or 1.0
    return after.throughput_per_s / before.throughput_per_s > 1 + (GREW - 1) * min(doublings, 3.0)


def _errors(step: Step) -> str:
    return ", ".join(f"{count:,} × {code}" for code, count in sorted(step.errors.items(), key=lambda one: -one[1])[:3])


def worker_cpu_s(e: Evidence, step: Step) -> float | None:
    """c: CPU seconds that one request costs the process that serves it."""
    used = step.worker_cores
    return e.workers * used / step.throughput_per_s if used and step.throughput_per_s else None


def _limit(
    kind: str,
    because: tuple[str, ...],
    size: float | None = None,
    held_s: float | None = None,
    clock_limited: bool = True,
) -> Finding:
    limit = Limit(kind=kind, size=size, held_s=held_s, clock_limited=clock_limited)
    return Finding(answer=Answer.LIMIT, limits=(limit,), because=because)
