"""Pure: which misses say "not yet" even on a busy machine, because no noise can make them."""

from labs.engine.declare.exercise import Target
from labs.engine.judgement.guards import BUSY_SHARE, Guard
from labs.engine.judgement.scope import Context

EXCUSES = frozenset({Guard.OTHERS_DISTURB, Guard.INTERRUPTED, Guard.ALL_FAILED, Guard.RESTART_UNFINISHED})
"""The doubts that a decisive miss outweighs: a service that never ends when it's told to is one to repair, say.

The others say that the load itself wasn't what it should be.
"""

MOST_FAIL = 0.5
TIMES = 2.0


def decisive(target: Target, value: float, cpu_is_spent: bool) -> bool:
    """Whether a value misses its target by more than other programs could bring about.

    Where they take the CPU, requests wait for the CPU instead of for the service's own resources. That makes times
    longer and throughput lower, lets a few requests run into their timeout, and adds some to what is under way.

    - Failed requests: more than half of them. A service that reaches its targets responds in a fraction of its
      users' timeout.
    - A count or an amount of memory with an upper limit: more than twice that. It's a size that the service made,
      or a line at a resource, and that line is the shorter the more requests wait for the CPU.
    - Throughput: less than half of its target, while some of the CPU was idle, so that more of it would have changed
      nothing.
    - Times, and shares that are about how long something takes, never.
    """
    if target.unit == "per second":
        return target.at_least is not None and value < target.at_least / TIMES and not cpu_is_spent
    if target.at_most is None:
        return False
    if target.unit == "share":
        return not target.how and value > max(target.at_most, MOST_FAIL)
    return target.unit in ("count", "bytes") and value > TIMES * target.at_most


def cpu_is_spent(seen: Context) -> bool:
    """Whether this run and other programs together left too little CPU, by the guards' own limit."""
    return seen.used_cores + seen.measured.other_cpu_cores > BUSY_SHARE * seen.result.provenance.cores
