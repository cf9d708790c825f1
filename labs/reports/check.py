"""Pure: a report held against the operational laws.

A ceiling is one-sided: less than it is possible. So is Little's law: no more users can be busy than there are, and
fewer can (users who weren't accepted yet, an open load, a ramp). Counts over duration and the order of percentiles
are two-sided: what breaks them can't have been measured as stated. docs/assets/check-report.js is
the same in the browser; a test holds both to the same reports.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil

from labs.engine.formatting import duration, rate
from labs.engine.theory import queueing
from labs.reports.report import Report

TOKENS = 40  # AnyIO's default, where a report of a `def` endpoint says nothing else
ROUNDING = 0.05  # of a ceiling or an equality: printed digits, clocks, a nominal sleep that takes a little longer
EXPLAINED = 0.85  # of the lowest ceiling: from there on it explains the throughput
ALONE = 0.8  # of the users: where fewer are busy, on average, the report says nothing of the others


class Outcome(StrEnum):
    """What the laws say of a report, the gravest first."""

    IMPOSSIBLE = "impossible"
    SLOWER = "possible, but slower than these limits explain"
    CONSISTENT = "consistent"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One law applied: `says` is its arithmetic in words; `off` by which factor the report breaks it, None if not."""

    law: str
    says: str
    off: float | None = None


@dataclass(frozen=True)
class Checked:
    """`findings` in the order in which the laws were applied; `fits` are changes with which the report would fit."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    fits: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.off is not None)


@dataclass(frozen=True)
class Limit:
    """A ceiling that the report's own figures give, requests per second; how many workers would do for a rate."""

    law: str
    per_s: float
    says: str
    per_worker: float | None = None


def check(report: Report) -> Checked:
    """Apply each law for which the report says enough."""
    limits, measured = _limits(report), report.completed_per_s
    findings = [*_ceilings(report, limits, measured), *_counts(report), *_little(report), *_times(report)]
    if any(one.off is not None for one in findings):
        return Checked(Outcome.IMPOSSIBLE, tuple(findings), _fits(report, limits, measured))
    if measured is None or not limits:
        return Checked(Outcome.MISSING, tuple(findings), _recovered(report, measured))
    lowest = min(limits, key=lambda one: one.per_s)
    if lowest.law == "users" and _little_holds(report):
        outcome = Outcome.CONSISTENT
    else:
        outcome = Outcome.CONSISTENT if measured >= EXPLAINED * lowest.per_s else Outcome.SLOWER
    return Checked(outcome, tuple(findings))


def _limits(report: Report) -> list[Limit]:
    found: list[Limit] = []
    workers, service_s, blocking_s = report.workers, report.service_time_s, report.blocking_time_s
    if report.users and service_s is not None and service_s + report.think_time_s > 0:
        per_s = queueing.users(report.users, service_s, report.think_time_s)
        pause = f" + {duration(report.think_time_s)} of pause" if report.think_time_s else ""
        says = f"{report.users:,} users ÷ ({duration(service_s)}{pause}) = {rate(per_s)}/s"
        found.append(Limit("users", per_s, says))
    if report.kind == "def" and workers and service_s:
        tokens = report.tokens or TOKENS
        per_s = queueing.thread_tokens(workers, tokens, service_s)
        says = f"{workers} × {tokens} thread tokens ÷ {duration(service_s)} = {rate(per_s)}/s"
        found.append(Limit("thread tokens", per_s, says, tokens / service_s))
    if report.kind == "async" and workers and blocking_s:
        per_s = queueing.event_loop(workers, blocking_s)
        says = f"{workers} event loops ÷ {duration(blocking_s)} of blocking = {rate(per_s)}/s"
        found.append(Limit("event loop", per_s, says, 1 / blocking_s))
    if report.pool and workers and report.connection_time_s:
        per_s = queueing.pool(workers, report.pool, report.connection_time_s)
        says = f"{workers} × {report.pool} connections ÷ {duration(report.connection_time_s)} = {rate(per_s)}/s"
        found.append(Limit("connection pool", per_s, says, report.pool / report.connection_time_s))
    return found


def _ceilings(report: Report, limits: list[Limit], measured: float | None) -> list[Finding]:
    """One-sided. At the end of a run one response per place may be counted that began before it."""
    found = []
    for limit in limits:
        if measured is None:
            found.append(Finding(limit.law, f"allow {limit.says}"))
            continue
        begun = (report.service_time_s or 0.0) / report.duration_s if report.duration_s else 0.0
        allowed = limit.per_s * (1 + ROUNDING + begun)
        off = measured / limit.per_s if measured > allowed else None
        found.append(Finding(limit.law, f"{limit.says}; {_whose(report, measured)} {rate(measured)}/s", off))
    return found


def _whose(report: Report, measured: float) -> str:
    return "reported" if report.throughput_per_s in (None, measured) else "completed without failing"


def _counts(report: Report) -> list[Finding]:
    """Requests over duration is the rate, but for the ramp and for those in flight at the end; no more of them fail."""
    failed = report.failed or 0
    if report.requests is not None and failed > report.requests:
        says = f"{failed:,} requests failed, of {report.requests:,}"
        return [Finding("counting", says, failed / max(report.requests, 1))]
    if report.requests is None or report.duration_s is None or report.throughput_per_s is None:
        return []
    counted = report.requests / report.duration_s
    completed = (report.requests - failed) / report.duration_s
    flying = (report.users or 0) / report.requests if report.requests else 0.0
    low, high = min(counted, completed) * (1 - ROUNDING - flying), max(counted, completed) * (1 + ROUNDING + flying)
    says = f"{report.requests:,} requests ÷ {duration(report.duration_s)} = {rate(counted)}/s"
    off = None if low <= report.throughput_per_s <= high else report.throughput_per_s / counted if counted else None
    return [Finding("counting", f"{says}; reported {rate(report.throughput_per_s)}/s", off)]


def _little(report: Report) -> list[Finding]:
    """N = X·(R + Z): no more users than there are can be in flight or pause."""
    measured = report.reported_per_s
    if measured is None or report.mean_s is None or report.users is None:
        return []
    busy = measured * (report.mean_s + report.think_time_s)
    pause = f" + {duration(report.think_time_s)}" if report.think_time_s else ""
    says = f"{rate(measured)}/s × ({duration(report.mean_s)}{pause}) = {rate(busy)} users at once, of {report.users:,}"
    if busy < ALONE * report.users:
        says += "; the others pause, arrive late, or wait outside the service, or a time is in another unit"
    return [Finding("Little's law", says, busy / report.users if busy > report.users * (1 + 2 * ROUNDING) else None)]


def _little_holds(report: Report) -> bool:
    measured = report.reported_per_s
    if measured is None or report.mean_s is None or report.users is None:
        return False
    return measured * (report.mean_s + report.think_time_s) >= ALONE * report.users


def _times(report: Report) -> list[Finding]:
    """No response is faster than its wait; percentiles rise; and a mean has room for its tail."""
    found = []
    ranked = [(0.5, report.p50_s), (0.9, report.p90_s), (0.95, report.p95_s), (0.99, report.p99_s), (1.0, report.max_s)]
    known = [(share, value) for share, value in ranked if value is not None]
    for (_, one), (share, other) in pairwise(known):
        if other < one * (1 - 0.001):
            said = f"{_percentile(share)} is {duration(other)}, below the percentile before it, {duration(one)}"
            found.append(Finding("order of percentiles", said, one / other if other else None))
    waits = report.service_time_s
    for name, value in (("the mean", report.mean_s), ("the median", report.p50_s)):
        if waits and value is not None and not report.failed and value < waits * (1 - ROUNDING):
            said = f"{name} is {duration(value)}, but each request waits {duration(waits)}"
            found.append(Finding("service time", said, waits / value if value else None))
    if report.mean_s is not None:
        for share, value in known:
            least = value * (1 - share)
            if share < 1 and report.mean_s < least * (1 - ROUNDING):
                said = (
                    f"{_percentile(share)} is {duration(value)}, so the mean is at least {duration(least)}; "
                    f"reported {duration(report.mean_s)}"
                )
                found.append(Finding("mean and percentile", said, least / report.mean_s if report.mean_s else None))
        if report.max_s is not None and report.mean_s > report.max_s * (1 + 0.001):
            said = f"the mean is {duration(report.mean_s)}, the slowest {duration(report.max_s)}"
            found.append(Finding("mean and slowest", said, report.mean_s / report.max_s if report.max_s else None))
    return found


def _percentile(share: float) -> str:
    return "the slowest" if share == 1 else f"p{share * 100:g}"


def _fits(report: Report, limits: list[Limit], measured: float | None) -> tuple[str, ...]:
    """With how many workers each broken ceiling would allow what is reported."""
    found = []
    for limit in limits:
        if measured and limit.per_worker and measured > limit.per_s * (1 + ROUNDING):
            needed = ceil(measured / limit.per_worker / (1 + ROUNDING))
            found.append(
                f"with {needed} workers this limit fits: {limit.law} then allow {rate(needed * limit.per_worker)}/s"
            )
    return tuple(found)


def _recovered(report: Report, measured: float | None) -> tuple[str, ...]:
    """What the report leaves out and its other figures give."""
    found = []
    if measured is None:
        found.append("a throughput, or requests and duration, would say how near it comes to these limits")
    elif report.workers is None:
        service_s, tokens = report.service_time_s, report.tokens or TOKENS
        if report.kind == "def" and service_s:
            found.append(f"if thread tokens limit it, it has {_about(measured * service_s / tokens)} workers")
        if report.kind == "async" and report.blocking_time_s:
            found.append(f"if the event loop limits it, it has {_about(measured * report.blocking_time_s)} workers")
    elif report.service_time_s is None and report.kind == "def":
        held_s = report.workers * (report.tokens or TOKENS) / measured
        found.append(f"if thread tokens limit it, each is held for {duration(held_s)}")
    if measured and report.users and report.mean_s is None:
        mean_s = max(0.0, queueing.response_time(report.users, measured, report.think_time_s))
        found.append(f"by Little's law the mean response time is {duration(mean_s)}")
    return tuple(found)


def _about(number: float) -> str:
    return f"{number:.0f}" if abs(number - round(number)) < 0.02 * number else f"{number:.3g}"
