"""Pure: what to change, what that brings by the laws of `labs/engine/theory`, and what limits next, from where."""

from math import inf
from typing import Literal

from labs.diagnose.ceilings import LEAST_BLOCKED, Ceiling, ceilings
from labs.diagnose.evidence import Evidence, Frozen, Step
from labs.diagnose.finding import GENERATOR, LOOP, MACHINE, TRAP, WORKER_CORE, Answer, Finding, Limit
from labs.engine.formatting import rate

Setting = Literal["tokens", "workers", "executor"]
TIMES = 2  # a change doubles what limits
CPU_SPREAD = 0.2  # what a measured CPU per request may be off by, once other things run at once
LEAST_GAIN = 1.05
LOOP_SPREAD = 0.10  # as much as a proof allows where a clock decides
WHOLE = 0.8  # of the response time alone: a request holds what limits for (nearly) all of it
UNBLOCK = (
    "find the call that blocks (time.sleep, requests, a sync driver) and make its route def, or put the call "
    "into a thread: await anyio.to_thread.run_sync(…)"
)


class Change(Frozen):
    """`says` in the words of the library; `setting` where a proof can make it, with the number before and after.

    `first` is what comes before it and may bring more: nobody can say how much, so what is predicted is without it.

    `low_per_s` to `high_per_s`: where the CPU decides afterwards, or a loop that is blocked at times, what is
    promised is that interval; `decides` says which of the two.
    """

    says: str
    first: str | None = None
    setting: Setting | None
    made_in: str
    before: int | None
    after: int | None
    predicted_per_s: float | None
    low_per_s: float | None
    high_per_s: float | None
    clock_limited: bool
    decides: Literal["CPU", "event loop"] = "CPU"
    then: str | None

    @property
    def counted(self) -> str:
        """ "80 tokens", "6 threads"; "10 of them" of what only the service itself can change."""
        words = {"tokens": "tokens", "workers": "workers", "executor": "threads", None: "of them"}
        return f"{self.after:,} {words[self.setting]}" if self.after else "the change"


def change(e: Evidence, finding: Finding) -> Change | None:
    """What to do about the limit; None where there is none, or nothing to be said about it."""
    if finding.answer not in (Answer.LIMIT, Answer.BETWEEN, Answer.DEADLOCK) or not finding.limits:
        return None
    limit = finding.limits[0]
    if finding.answer == Answer.DEADLOCK:
        return _only_said(_untie(finding))
    if limit.kind == GENERATOR:
        return _only_said("send the load from another machine, or diagnose a path that costs more")
    if limit.kind == MACHINE:
        return _only_said("a request must cost less CPU, or it needs more cores: profile the service with py-spy")
    if limit.kind == TRAP:
        return _only_said("install uvloop in its environment and start uvicorn with --loop uvloop")
    if limit.kind in (LOOP, WORKER_CORE):
        return _more_workers(e, finding, limit)
    return _larger(e, finding, limit)


def _more_workers(e: Evidence, finding: Finding, limit: Limit) -> Change:
    """Everything that each worker has comes along with it; the machine's cores don't."""
    factor, x = TIMES, e.judged.throughput_per_s
    shared = next((one for one in ceilings(e, finding) if one.name == MACHINE), None)
    by_clock = x * factor
    allowed = shared.per_s if shared else inf
    predicted = min(by_clock, allowed)
    cpu = limit.kind == WORKER_CORE or predicted < by_clock
    says = (
        f"{UNBLOCK}. Until then start {e.workers * factor} workers"
        if limit.kind == LOOP
        else f"start {e.workers * factor} workers, or let a request compute less (profile it: py-spy top --pid …)"
    )
    return Change(
        says=says,
        setting="workers",
        made_in="",
        before=e.workers,
        after=e.workers * factor,
        predicted_per_s=predicted,
        low_per_s=max(x * LEAST_GAIN, predicted * (1 - CPU_SPREAD)) if cpu else None,
        high_per_s=by_clock * LEAST_GAIN if cpu else None,
        clock_limited=not cpu,
        then=_then(shared, predicted) if shared and allowed < 2 * by_clock else None,
    )


def _larger(e: Evidence, finding: Finding, limit: Limit) -> Change:
    """More places of what limits: by the clock twice the throughput, unless another ceiling is lower."""
    x, step = e.judged.throughput_per_s, e.judged
    doubled = x * TIMES
    processes = next(
        (one.processes for one in step.resources if (one.kind, one.made_in) == (limit.kind, limit.made_in)), 1
    )
    before = round((limit.size or 0) / processes)
    after = before * TIMES
    others = [one for one in ceilings(e, finding) if one.name != limit.name]
    next_one = others[0] if others else None
    predicted = max(x, min(doubled, next_one.per_s)) if next_one else doubled
    low, high, decides = _interval(step, next_one, predicted)
    settings: dict[str, Setting] = {"thread tokens": "tokens", "thread pool executor": "executor"}
    return Change(
        says=_words(limit.kind, before, after),
        first=_first(e, finding, limit),
        setting=settings.get(limit.kind),
        made_in=limit.made_in,
        before=before,
        after=after,
        predicted_per_s=predicted,
        low_per_s=low,
        high_per_s=high,
        clock_limited=low is None,
        decides=decides,
        then=_then(next_one, predicted) if next_one else None,
    )


def _interval(
    step: Step, next_one: Ceiling | None, predicted: float
) -> tuple[float | None, float | None, Literal["CPU", "event loop"]]:
    """Low and high of what more places bring, and what decides within; None, None where a clock does.

    Those who are let in besides may all wait for a loop that is blocked at times, each for all the others:
    N ÷ (held + N·b) is the least then.
    """
    x = step.throughput_per_s
    doubled, blocked = x * TIMES, step.loop_blocked or 0.0
    waits = blocked >= LEAST_BLOCKED
    cpu = next_one is not None and not next_one.clock_limited and next_one.per_s <= doubled * (1 + CPU_SPREAD)
    if not (cpu or waits):
        return None, None, "CPU"
    least = predicted * (1 - CPU_SPREAD) if cpu else predicted
    if waits:
        least = min(least, doubled / (1 + blocked))
    if cpu:
        return max(x, least), doubled * LEAST_GAIN, "CPU"
    return max(x, least), predicted * (1 + LOOP_SPREAD), "event loop"


def _first(e: Evidence, finding: Finding, limit: Limit) -> str | None:
    """What brings more than a larger size, or comes before it."""
    if any(one.kind == LOOP for one in finding.limits):
        return UNBLOCK
    if limit.kind == "connection pool" and limit.held_s and limit.held_s >= WHOLE * e.alone.mean_s:
        return (
            "hold the connection for less: a request has one for (nearly) its whole response, so take it only for the "
            "queries, and give it back before whatever else there is to wait for (lab 6)"
        )
    return None


def _then(ceiling: Ceiling, predicted: float) -> str:
    at = "it limits from there" if ceiling.per_s <= predicted * 1.001 else f"the next limit, at {rate(ceiling.per_s)}/s"
    return f"{ceiling.name}: {at} ({ceiling.formula})"


def _words(kind: str, before: int, after: int) -> str:
    """The change in the words of whoever made the resource."""
    sizes = f"{after} instead of {before}"
    return {
        "thread tokens": "at start-up, in the lifespan: "
        f"anyio.to_thread.current_default_thread_limiter().total_tokens = {after} (now {before})",
        "limiter": f"CapacityLimiter({after}) instead of CapacityLimiter({before})",
        "thread pool executor": f"ThreadPoolExecutor(max_workers={after}), now {before}; asyncio.to_thread's own: "
        "loop.set_default_executor(…) in the lifespan",
        "process pool executor": f"ProcessPoolExecutor(max_workers={after}), now {before}, while there are cores",
        "connection pool": f"a pool of {sizes}: max_size (psycopg, asyncpg), pool_size + max_overflow (SQLAlchemy), "
        "max_connections (redis); all workers together must stay below the database's max_connections",
        "semaphore": f"Semaphore({after}) instead of Semaphore({before}), if what it protects allows it",
        "lock": "hold the lock for less: only around what two requests must not do at once",
        "http client pool": f"{sizes} connections: httpx.Limits(max_connections={after}), or "
        f"aiohttp.TCPConnector(limit={after})",
    }.get(kind, f"{kind}: {sizes}")


def _untie(finding: Finding) -> str:
    first = finding.limits[0].kind
    if any(one.kind == LOOP for one in finding.limits):
        return UNBLOCK
    if len(finding.limits) == 1:
        return f"let a request take one of the {first} at a time, or take both at once; more of them only postpone it"
    return "take both in the same order everywhere, or give the first back before the second is taken"


def _only_said(text: str) -> Change:
    return Change(
        says=text, setting=None, made_in="", before=None, after=None, predicted_per_s=None, low_per_s=None,
        high_per_s=None, clock_limited=False, then=None,
    )  # fmt: skip
