"""Restarts the service with the change, reads the new size back, measures, and judges what was predicted."""

from math import ceil
from typing import Literal

from labs.diagnose import reader, readings
from labs.diagnose.change import Change
from labs.diagnose.cpu import OTHERS, busy
from labs.diagnose.evidence import Evidence, Frozen, Step
from labs.diagnose.service import Service, Sizes
from labs.diagnose.target import Target
from labs.engine.formatting import off, rate
from labs.engine.judgement.guards import others_used

TOLERANCE = 0.10  # where a clock limits
ENOUGH = 1.2  # × the users whom what was predicted keeps busy: all places are then in use

Verdict = Literal["as predicted", "not as predicted", "not set", "inconclusive"]


class Proof(Frozen):
    """`read_back`: how large it was in the service that was measured; `step` None: nothing was measured."""

    verdict: Verdict
    says: str
    read_back: int | None
    step: Step | None


def changed(target: Target, change: Change) -> tuple[Target, Sizes]:
    """What is started instead."""
    assert change.setting and change.after
    if change.setting == "workers":
        return target.model_copy(update={"workers": change.after}), Sizes()
    if change.setting == "tokens":
        return target, Sizes(tokens=change.after)
    return target, Sizes(executor=(change.made_in, change.after))


def cannot(target: Target, change: Change | None) -> str | None:
    """Why this change can't be proven by a run; None: it can."""
    if change is None:
        return "there is no change to prove"
    if change.setting is None:
        return "only workers, thread tokens and executors can be changed from outside"
    if not target.started:
        return "a service that runs already can't be restarted by us: start it with --app or --command"
    if change.setting == "workers" and target.command:
        return "the number of workers is inside --command: change it there, and diagnose again"
    return None


def users(e: Evidence, change: Change, most: int) -> int | None:
    """As many for each place as before, at most `most`; None where those are too few to reach what was predicted."""
    predicted = change.predicted_per_s or e.judged.throughput_per_s
    grows = max((change.after or 1) / (change.before or 1), predicted / e.judged.throughput_per_s)
    return min(ceil(e.judged.users * grows), most) if most >= ENOUGH * predicted * e.service_time_s else None


def read_back(service: Service, change: Change) -> int | None:
    """The size that the changed service has; None where it can't be read."""
    if service.shared is None:
        return None
    told = readings.of_workers(reader.read(service.shared))
    if change.setting == "workers":
        return len(readings.serving(told))
    kind = "thread tokens" if change.setting == "tokens" else "thread pool executor"
    found = [
        one
        for one in readings.resources(told, (kind,))
        if (change.setting == "tokens" or one.made_in == change.made_in) and one.size
    ]
    return round((found[0].size or 0) / found[0].processes) if found else None


def judge(e: Evidence, change: Change, size: int | None, step: Step) -> Proof:
    """Within 10% where a clock limits; where the CPU does, the direction and the stated interval."""
    x, y, predicted = e.judged.throughput_per_s, step.throughput_per_s, change.predicted_per_s
    assert predicted
    told = f"predicted {rate(predicted)}/s, measured {rate(y)}/s"
    if size != change.after:
        return Proof(verdict="not set", says=not_set(change, size), read_back=size, step=step)
    if step.failing:
        says = f"{told}, but {step.failed_share:.0%} of the requests failed"
        return Proof(verdict="inconclusive", says=says, read_back=size, step=step)
    if change.clock_limited:
        kept = abs(y / predicted - 1) <= TOLERANCE
        says = f"{told} ({off(y / predicted - 1)}; {TOLERANCE:.0%} is allowed)"
    else:
        low, high = change.low_per_s or x, change.high_per_s or 2 * predicted
        kept = y > x and low <= y <= high
        says = f"{told}; the {change.decides} decides, so {rate(low)}/s to {rate(high)}/s was promised"
    if not kept and step.other_cores > OTHERS * e.cores and busy(e, step):
        says += f"; but {others_used(step.other_cores, e.cores)}"
        return Proof(verdict="inconclusive", says=says, read_back=size, step=step)
    return Proof(verdict="as predicted" if kept else "not as predicted", says=says, read_back=size, step=step)


def not_set(change: Change, size: int | None) -> str:
    if size is None:
        return f"the size could not be read back: make the change yourself ({change.says})"
    return (
        f"the service still had {size} after {change.counted} were asked for, because it sets the number itself. "
        f"Change it where the service does ({change.says})"
    )
