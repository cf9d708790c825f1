"""Pure: whether random arrivals at a stated rate keep a stated p95, and with how many workers or places they do.

Each worker is a queue of its own before each resource: Erlang C's share that waits, and its exponential tail.
Adding the p95 of every wait to the p95 alone promises too little rather than too much.
"""

from collections.abc import Sequence
from math import inf, log

from labs.diagnose.attribute import loop_of
from labs.diagnose.ceilings import LEAST_BLOCKED, Ceiling, ceilings
from labs.diagnose.cpu import worker_cpu_s
from labs.diagnose.evidence import Evidence, Frozen
from labs.diagnose.finding import GENERATOR, LOOP, MACHINE, WORKER_CORE, Answer, Finding, Limit
from labs.engine.theory.headroom import erlang_c

BUSIEST = 0.85  # of the machine
MOST_WORKERS, MOST_PLACES = 128, 10_000
UNKNOWN = (Answer.OUTSIDE, Answer.PLACES, Answer.INCONCLUSIVE, Answer.DEADLOCK)  # what limits has no size and no time


class Station(Frozen):
    """`places` in each worker, each held for `held_s` by a request."""

    name: str
    places: int
    held_s: float


class Headroom(Frozen):
    """`p95_s` None: the rate is beyond a ceiling. `workers`, `places`: the fewest that keep it, None: none do.

    `unknown`: it can't be calculated, since what limits isn't among what was measured. `reached_per_s`: the most that
    the run measured. `behind`: the resource that limits below the rate once there are more places.
    """

    rate_per_s: float
    wanted_s: float
    p95_s: float | None
    keeps: bool
    workers: int | None
    places: int | None
    of: str
    machine_allows_per_s: float | None
    unknown: bool = False
    reached_per_s: float = 0.0
    behind: str = ""
    behind_per_s: float = 0.0


def headroom(e: Evidence, finding: Finding, rate_per_s: float, wanted_s: float) -> Headroom:
    found = stations(e, finding)
    alone_s = e.alone.p95_s
    reached_per_s = max(one.throughput_per_s for one in (*e.steps, e.judged))
    unknown = _unknown(finding, rate_per_s, reached_per_s)
    now_s = p95_s(rate_per_s, e.workers, found, alone_s)
    shared = next((one.per_s for one in ceilings(e, finding) if one.name == MACHINE), None)
    fits = shared is None or rate_per_s <= BUSIEST * shared
    workers = next((w for w in range(1, MOST_WORKERS + 1) if p95_s(rate_per_s, w, found, alone_s) <= wanted_s), None)
    tightest = min(found, key=lambda one: one.places / one.held_s, default=None)
    places = None
    behind = _behind(e, finding, rate_per_s)
    if tightest and not behind and tightest.name not in (LOOP, WORKER_CORE):
        others = [one for one in found if one is not tightest]
        places = _fewest_places(e, tightest, others, rate_per_s, wanted_s)
    return Headroom(
        rate_per_s=rate_per_s,
        wanted_s=wanted_s,
        p95_s=None if now_s == inf else now_s,
        keeps=now_s <= wanted_s and fits and not unknown and not behind,
        workers=workers if fits else None,
        places=places if fits else None,
        of=tightest.name if tightest else "",
        machine_allows_per_s=None if shared is None else BUSIEST * shared,
        unknown=unknown,
        reached_per_s=reached_per_s,
        behind=behind.name if behind else "",
        behind_per_s=behind.per_s if behind else 0.0,
    )


def _behind(e: Evidence, finding: Finding, rate_per_s: float) -> Ceiling | None:
    """The lowest ceiling of a resource that doesn't limit yet, if it's no higher than the rate."""
    known = {LOOP, WORKER_CORE, MACHINE, *(limit.name for limit in finding.limits)}
    lowest = next((one for one in ceilings(e, finding) if one.name not in known), None)
    return lowest if lowest and lowest.per_s <= rate_per_s else None


def _unknown(finding: Finding, rate_per_s: float, reached_per_s: float) -> bool:
    """Where nothing of the service was found to limit, the run speaks only for the rates that it reached."""
    its_own = finding.limits and all(limit.kind != GENERATOR for limit in finding.limits)
    return finding.answer in UNKNOWN or (not its_own and rate_per_s > reached_per_s)


def _fewest_places(
    e: Evidence, tightest: Station, others: Sequence[Station], rate_per_s: float, wanted_s: float
) -> int | None:
    """Of the tightest one; None where no number of places keeps it, because the others alone take too long."""

    def keeps(*of_it: Station) -> bool:
        return p95_s(rate_per_s, e.workers, [*others, *of_it], e.alone.p95_s) <= wanted_s

    if not keeps():
        return None
    offered = int(rate_per_s / e.workers * tightest.held_s)
    tried = range(max(1, offered), MOST_PLACES)
    return next((places for places in tried if keeps(tightest.model_copy(update={"places": places}))), None)


def stations(e: Evidence, finding: Finding) -> list[Station]:
    """What a request queues for, as far as it was measured: what limits, what may limit next, the loop, the core.

    Left out are the exhausted ones that aren't named: whoever holds those waits for the one that is.
    """
    found = [_station(limit, e.workers) for limit in finding.limits if limit.kind not in (MACHINE, WORKER_CORE)]
    x = e.judged.throughput_per_s
    if x and (e.judged.loop_blocked or 0.0) >= LEAST_BLOCKED and LOOP not in [one.name for one in found if one]:
        found.append(_station(loop_of(e, e.judged), e.workers))
    found += _others(e, finding)
    if c := worker_cpu_s(e, e.judged):
        found.append(Station(name=WORKER_CORE, places=1, held_s=c))
    return [one for one in found if one is not None]


def _others(e: Evidence, finding: Finding) -> list[Station]:
    allow = {one.name: one.per_s for one in ceilings(e, finding)}
    named = {limit.name for limit in finding.limits}
    return [
        Station(name=one.name, places=max(1, round(one.size / e.workers)), held_s=one.size / allow[one.name])
        for one in e.judged.resources
        if one.size and one.name in allow and one.name not in named and not one.exhausted
    ]


def _station(limit: Limit, workers: int) -> Station | None:
    if not limit.size or not limit.held_s:
        return None
    return Station(name=limit.name, places=max(1, round(limit.size / workers)), held_s=limit.held_s)


def p95_s(rate_per_s: float, workers: int, found: Sequence[Station], alone_s: float) -> float:
    """The p95 of random arrivals that spread evenly over the workers; inf from a ceiling on."""
    total_s = alone_s
    for one in found:
        offered = rate_per_s / workers * one.held_s
        if offered >= one.places:
            return inf
        waits = erlang_c(one.places, offered)
        if waits > 0.05:
            total_s += log(waits / 0.05) * one.held_s / (one.places - offered)
    return total_s
