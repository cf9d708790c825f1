"""Holds a diagnosis to what a project expects of its service: an exit status for CI."""

from typing import Literal

from labs.diagnose.cpu import others_disturb
from labs.diagnose.evidence import Evidence, Frozen
from labs.diagnose.finding import GENERATOR, LOOP, MACHINE, WORKER_CORE, Answer, Finding
from labs.diagnose.standstill import stood_still
from labs.engine.errors import UsageError
from labs.engine.formatting import rate

NOISE = 0.05  # below the promised throughput by less than this decides nothing

KINDS = {
    "tokens": "thread tokens",
    "pool": "connection pool",
    "loop": LOOP,
    "core": WORKER_CORE,
    "cpu": WORKER_CORE,
    "machine": MACHINE,
    "generator": GENERATOR,
    "executor": "thread pool executor",
    "processes": "process pool executor",
    "limiter": "limiter",
    "semaphore": "semaphore",
    "lock": "lock",
    "client": "http client pool",
}
ANSWERS = {"outside": Answer.OUTSIDE, "nothing": Answer.NO_LIMIT, "deadlock": Answer.DEADLOCK}


class Expectation(Frozen):
    """`kind` or `answer`, or neither where only the throughput counts."""

    kind: str | None = None
    answer: Answer | None = None
    at_least_per_s: float | None = None


class Kept(Frozen):
    outcome: Literal["kept", "broken", "inconclusive"]
    says: str


EXIT_STATUS = {"kept": 0, "broken": 10, "inconclusive": 20}


def parse(expected: str, at_least: str) -> Expectation | None:
    """Raises UsageError for a resource that no diagnosis names."""
    if not expected and not at_least:
        return None
    per_s = None
    if at_least:
        try:
            per_s = float(at_least)
        except ValueError:
            per_s = -1.0
        if per_s <= 0:
            raise UsageError(f"--at-least is a throughput per second, like 300, not {at_least!r}")
    word = expected.lower().strip().removeprefix("limited by").strip()
    if not word:
        return Expectation(at_least_per_s=per_s)
    if word in ANSWERS:
        return Expectation(answer=ANSWERS[word], at_least_per_s=per_s)
    kind = KINDS.get(word) or next((kind for kind in KINDS.values() if kind == word), None)
    if kind is None:
        raise UsageError(
            f"--expect is 'limited by …' one of {', '.join(KINDS)}; or one of {', '.join(ANSWERS)}: not {expected!r}"
        )
    return Expectation(kind=kind, at_least_per_s=per_s)


def judge(expected: Expectation, e: Evidence, finding: Finding) -> Kept:
    """A standstill or too low a throughput breaks the promise, whatever limits the service."""
    x, wanted = e.judged.throughput_per_s, expected.at_least_per_s or 0.0
    if (stood := stood_still(e)) and expected.answer != Answer.DEADLOCK:
        says = f"with {stood.users:,} users the service stood still"
        if finding.answer == Answer.DEADLOCK:  # however busy the machine was
            return Kept(outcome="broken", says=f"{says}: {finding.sentence}")
        return _broken(says, e, finding)
    low = f"{rate(x)}/s, less than {rate(wanted)}/s"
    if x < (1 - NOISE) * wanted:
        return _broken(low, e, finding)
    names = expected.kind or expected.answer
    kinds = [limit.kind for limit in finding.limits]
    if finding.answer == Answer.INCONCLUSIVE or (finding.answer == Answer.PLACES and names):
        return Kept(outcome="inconclusive", says=f"{finding.sentence}: {finding.because[0]}")
    if finding.answer == Answer.NO_LIMIT and names and e.stopped in ("time", "machine"):
        return Kept(outcome="inconclusive", says=f"no limit up to {e.judged.users:,} users, and more could not be sent")
    if GENERATOR in kinds and names and expected.kind != GENERATOR:
        return Kept(outcome="inconclusive", says=f"{finding.sentence}, so the service's own limit wasn't reached")
    if expected.kind and expected.kind in kinds and finding.answer == Answer.BETWEEN:
        return Kept(outcome="inconclusive", says=f"it sits {finding.sentence}")
    named = expected.kind is None or (finding.answer == Answer.LIMIT and expected.kind in kinds)
    if not named or (expected.answer and finding.answer != expected.answer):
        return Kept(outcome="broken", says=f"expected {names}, found: {finding.sentence}")
    if x < wanted:
        return Kept(outcome="inconclusive", says=f"{low} by no more than noise")
    return Kept(outcome="kept", says=f"{finding.sentence}, {rate(x)}/s")


def _broken(says: str, e: Evidence, finding: Finding) -> Kept:
    """Broken, unless other programs or the load generator had a part in it."""
    if disturbed := others_disturb(e, e.judged):
        return Kept(outcome="inconclusive", says=f"{says}, while {disturbed.because[0]}")
    by_generator = any(limit.kind == GENERATOR for limit in finding.limits)
    return Kept(outcome="inconclusive" if by_generator else "broken", says=f"{says}: {finding.sentence}")
