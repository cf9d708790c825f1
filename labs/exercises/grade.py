"""Grades a service by a real run: does it still respond as it should, does it reach its targets, and how."""

import time
from dataclasses import dataclass
from typing import Literal

import httpx

from labs.engine.declare.exercise import Exercise, Target, graded
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Scale, Variant
from labs.engine.harness.commands import HOST
from labs.engine.harness.plan import Plan
from labs.engine.judgement.outcome import Outcome
from labs.engine.judgement.verdict import judge
from labs.engine.paths import shown
from labs.engine.run import Progress, run_lab, serve_lab

Standing = Literal["solved", "not yet", "inconclusive"]
STANDING: dict[Outcome, Standing] = {
    "reproduced": "solved",
    "not reproduced": "not yet",
    "inconclusive": "inconclusive",
}
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Mark:
    """One target, and what the run gave for it."""

    target: Target
    value: float
    met: bool


@dataclass(frozen=True)
class Grade:
    """`marks` in the order of the targets; none where the service didn't get as far as a load. `why`: the reasons."""

    exercise: Exercise
    standing: Standing
    marks: tuple[Mark, ...]
    why: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if not mark.met)


def grade(exercise: Exercise, module: str, workers: int, port: int, progress: Progress) -> Grade:
    """Start the service of `module`, ask it once, load it, judge it.

    Raises UsageError, naming the log, where it doesn't start.
    """
    planned = plan(exercise, graded(exercise.service, module, workers), port)
    progress.stage("asking the service once")
    if wrong := _asked_once(exercise, planned):
        return Grade(exercise, "not yet", (), (wrong,))
    result, _ = run_lab(planned, progress)
    verdict = judge(planned.lab, result)
    by_name = {outcome.says: outcome for outcome in verdict.checks}
    measured = ((target, by_name[target.says]) for target in exercise.targets if target.says in by_name)
    marks = tuple(Mark(target, outcome.value, outcome.passed) for target, outcome in measured)
    inconclusive = verdict.outcome == "inconclusive"
    return Grade(exercise, STANDING[verdict.outcome], marks, verdict.reasons if inconclusive else ())


def plan(exercise: Exercise, service: Variant, port: int) -> Plan:
    """One row, judged as a lab that grades: the engine's own run, guards and verdict."""

    def rows(scale: Scale, machine: Machine) -> tuple[Variant, ...]:
        return (service,)

    lab = Lab(
        number=exercise.lab,
        slug=f"exercise{exercise.lab:02d}",
        title=exercise.title,
        claim=exercise.title,
        variants=rows,
        tolerance=0.05,
        checks=tuple(target.check for target in exercise.targets),
        captured_at=(),
        grades=True,
    )
    return Plan(lab=lab, scale="auto", variants=(service,), port=port, called=lab.slug)


def _asked_once(exercise: Exercise, planned: Plan) -> str | None:
    """What is wrong with the response to a single request, or None: a fast wrong response repairs nothing."""
    (service,) = planned.variants
    with serve_lab(planned) as server:
        begun = time.monotonic()
        try:
            response = httpx.request(
                service.request.method,
                f"http://{HOST}:{planned.port}{service.url_path}",
                headers=dict(service.request.headers),
                content=service.request.body,
                timeout=PATIENCE_S,
            )
        except httpx.HTTPError as error:
            return f"one request alone got no response within {PATIENCE_S:.0f} s ({type(error).__name__})"
        took_s = time.monotonic() - begun
        if response.status_code >= 400:
            return (
                f"one request alone got status {response.status_code}. {server.last_error()} Log: {shown(server.log)}"
            )
    if exercise.responds is not None and _json(response) != exercise.responds:
        return f"the response is {response.text[:200]!r} and was {str(exercise.responds)[:200]!r}: it may not change"
    if took_s < 0.8 * service.service_time_s:
        return (
            f"one request took {took_s * 1000:.0f} ms, and its work takes {service.service_time_s * 1000:.0f} ms: "
            "the work may not be left out"
        )
    return None


def _json(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None
