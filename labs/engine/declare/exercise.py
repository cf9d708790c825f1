"""A graded exercise: a service to repair, the load it must stand, and the targets that say whether it does."""

from dataclasses import dataclass, replace
from typing import Literal

from labs.engine.declare.claim import Check
from labs.engine.declare.quantities import Quantity, Seen, measured, response_time, throughput, told
from labs.engine.declare.service import Variant

YOURS = "your service"
"""The name of the one row that a grade is made of."""

Unit = Literal["per second", "seconds", "bytes", "share", "count"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A limit for one number of the repaired service.

    says       what is measured, in words: "requests"
    unit       of the quantity and of its limits; says how both are shown
    otherwise  what it means when the target is missed, one or two sentences for the learner
    how        it is about how the service reaches the other targets, so that a detour fails
    """

    says: str
    quantity: Quantity
    unit: Unit
    otherwise: str
    at_least: float | None = None
    at_most: float | None = None
    how: bool = False

    @property
    def check(self) -> Check:
        """The same as the engine judges it. A clock decides: the limits are far from what a CPU moves."""
        return Check(
            says=self.says,
            quantity=self.quantity,
            at_least=self.at_least,
            at_most=self.at_most,
            clock_limited=True,
        )


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A tempting repair that doesn't pass: `wrong_<file>.py` beside the solution.

    fails    what the target says that it misses
    because  why it isn't the repair, one or two sentences
    """

    file: str
    title: str
    fails: str
    because: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise, in the folder `exercise/` of its lab.

    lab       the number of the lab that teaches what it needs
    title     what is broken, in a few words
    story     what is known of the service, two to four sentences: what it does, what its users see
    service   what is started and the load it stands; `app` and `workers` come from the learner's file
    responds  what a request must still get, as JSON; None where it may be anything
    targets   in the order in which they are shown
    hints     each goes a step further; the last one nearly says it
    wrong     tempting repairs that must not pass
    """

    lab: int
    title: str
    story: str
    service: Variant
    targets: tuple[Target, ...]
    hints: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    responds: object | None = None


def graded(service: Variant, module: str, workers: int) -> Variant:
    """The row that runs: the app of `module` (dotted, from the checkout) with as many workers.

    Its requests ask for no wait: the service knows how long its own work takes.
    """
    endpoint = replace(service.endpoint, module=module, ms_parameter="")
    return replace(service, name=YOURS, app=module, endpoint=endpoint, workers=workers, judged=False)


# --- what targets are made of ---------------------------------------------------------------


def requests() -> Quantity:
    """Expected responses per second in the steady window."""
    return throughput(YOURS)


def percentile(percent: int) -> Quantity:
    """Seconds. With too few samples for it the throughput misses its target: that is said, not *inconclusive*."""
    return replace(response_time(YOURS, percent), percentile=None)


def memory() -> Quantity:
    """The most that all processes of the service together had, bytes."""
    return Quantity((YOURS,), lambda seen: float(measured(seen, YOURS).server.rss_bytes))


def failed() -> Quantity:
    """The share of the requests that failed."""
    return Quantity((YOURS,), lambda seen: measured(seen, YOURS).failed_share)


def probe_percentile(percent: int) -> Quantity:
    """Of the thin second stream beside the load, seconds."""

    def of(seen: Seen) -> float:
        probe = measured(seen, YOURS).probe
        if probe is None:
            raise ValueError("the exercise has no probe")
        return float(getattr(probe, f"p{percent}"))

    return Quantity((YOURS,), of)


def probe_failed() -> Quantity:
    """The share of the probe's requests that failed."""

    def of(seen: Seen) -> float:
        m = measured(seen, YOURS)
        if m.probe is None:
            raise ValueError("the exercise has no probe")
        sent = max(m.probe.samples, m.probe_failed)  # a failed one is a sample too, if it had a connection
        return m.probe_failed / sent if sent else 1.0

    return Quantity((YOURS,), of)


def gauge(name: str) -> Quantity:
    """A gauge of the server metrics in a typical second, of the worker that has the highest.

    0 where the service has no such resource: a solution may do without it.
    """

    def of(seen: Seen) -> float:
        metrics = told(seen, YOURS)
        return metrics.typical(name) if name in metrics.gauges else 0.0

    return Quantity((YOURS,), of)


def total(name: str) -> Quantity:
    """The same of all workers together: what they ask of a database or of another service."""

    def of(seen: Seen) -> float:
        metrics = told(seen, YOURS)
        return metrics.typical_sum(name) if name in metrics.gauges else 0.0

    return Quantity((YOURS,), of)
