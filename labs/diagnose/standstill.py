"""Pure: a service that stands still: a deadlock, or holders who hang.

Who holds one and stands in a line is counted twice: among the holders and in the line. So in a deadlock there are
more of both together than requests were sent; where holders hang in a call, every request is counted once.
"""

from labs.diagnose.cpu import FULL
from labs.diagnose.evidence import Evidence, Resource, Step
from labs.diagnose.finding import LOOP, Answer, Finding, Limit, limit_of
from labs.engine.formatting import rate

STANDSTILL = 0.05  # of the best throughput


def stood_still(e: Evidence) -> Step | None:
    """The load under which throughput fell to (nearly) nothing; None where it didn't."""
    best = max(one.throughput_per_s for one in e.steps)
    suspects = filter(None, (e.judged, e.steps[-1], e.overload))
    return next((one for one in suspects if best and one.throughput_per_s <= STANDSTILL * best), None)


def standstill(e: Evidence) -> Finding | None:
    """None where throughput didn't fall to (nearly) nothing."""
    best, stood = max(one.throughput_per_s for one in e.steps), stood_still(e)
    if stood is None:
        return None
    full = [one for one in stood.resources if one.exhausted]
    because = [f"with {stood.users:,} users throughput fell from {rate(best)}/s to {rate(stood.throughput_per_s)}/s"]
    if not full:
        because.append("nothing that we can read was exhausted meanwhile")
        return Finding(answer=Answer.INCONCLUSIVE, limits=(), because=tuple(because))
    because += (one.told for one in full)
    limits = tuple(limit_of(one) for one in full)
    hung = _hung(full, stood)
    if hung and (stood.loop_blocked or 0.0) >= FULL:
        because += [
            stood.blocked,
            f"it probably waits for one itself, and whoever holds the {hung.name} needs the loop",
        ]
        limits = (limit_of(hung), Limit(kind=LOOP, size=e.workers))
    elif hung:
        because.append(f"none of those who hold the {hung.name} waits for anything else that can be read")
        because.append("so they hang: in a call that isn't answered (lab 23), or before a lock that can't be read")
        return Finding(answer=Answer.OUTSIDE, limits=(), because=tuple(because))
    elif len(full) == 1:
        because.append("whoever holds one waits for a second one of the same")
    else:
        because.append("whoever holds the one waits for the other")
    return Finding(answer=Answer.DEADLOCK, limits=limits, because=tuple(because))


def _hung(full: list[Resource], stood: Step) -> Resource | None:
    """The one exhausted resource whose holders wait in no line that can be read; None in a deadlock of resources."""
    inner = [one for one in full if not any(_apart(other, one.in_use or 0.0) for other in full if other is not one)]
    return inner[0] if len(inner) == 1 and _apart(inner[0], stood.users) else None


def _apart(one: Resource, requests: float) -> bool:
    """Whether holders and line are different ones of so many requests; if not, they are as many more as hold one."""
    return (one.in_use or 0.0) + (one.waiting or 0.0) < requests + (one.in_use or 0.0) / 2
