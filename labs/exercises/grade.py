"""Grades a service by a real run: does it still respond as it should, does it reach its targets, and how."""

import time
from dataclasses import dataclass
from typing import Literal

import httpx

from labs.engine.declare.exercise import YOURS, Exercise, Target, graded
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Scale, Variant
from labs.engine.harness.commands import HOST
from labs.engine.harness.plan import Plan
from labs.engine.judgement.guards import Guard
from labs.engine.judgement.outcome import Outcome, Verdict
from labs.engine.judgement.scope import Context
from labs.engine.judgement.verdict import judge
from labs.engine.paths import shown
from labs.engine.results.result import Result
from labs.engine.run import Progress, run_lab, serve_lab
from labs.exercises.decisive import EXCUSES, cpu_is_spent, decisive

Standing = Literal["solved", "not yet", "inconclusive"]
STANDING: dict[Outcome, Standing] = {
    "reproduced": "solved",
    "not reproduced": "not yet",
    "inconclusive": "inconclusive",
}
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Mark:
    """One target, and what the run gave for it. `decisive`: it's missed by more than a busy machine can explain."""

    target: Target
    value: float
    met: bool
    decisive: bool = False


@dataclass(frozen=True)
class Grade:
    """`marks` in the order of the targets; none where the service didn't get as far as a load. `why`: what
    was wrong with the run or with the response; `guards` are those that found it in the run.
    """

    exercise: Exercise
    standing: Standing
    marks: tuple[Mark, ...]
    why: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()

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
    return given(exercise, planned.lab, result)


def given(exercise: Exercise, lab: Lab, result: Result) -> Grade:
    """Pure: the grade of one run. A miss that no noise explains is "not yet", however busy the machine was."""
    verdict = judge(lab, result)
    spent = any(cpu_is_spent(Context(lab, result, run)) for run in result.runs)
    by_name = {outcome.says: outcome for outcome in verdict.checks}
    marks = tuple(
        Mark(target, seen.value, seen.passed, not seen.passed and decisive(target, seen.value, spent))
        for target in exercise.targets
        if (seen := by_name.get(target.says))
    )
    standing = STANDING[verdict.outcome]
    if standing == "inconclusive" and EXCUSES.issuperset(verdict.guards) and any(mark.decisive for mark in marks):
        standing = "not yet"
    return Grade(exercise, standing, marks, _why(verdict) if verdict.guards else (), verdict.guards)


def _why(verdict: Verdict) -> tuple[str, ...]:
    """What was wrong with the run, without the checks that failed: the marks say those."""
    checks = tuple(f"{outcome.says}: " for outcome in verdict.checks)
    return tuple(reason.removeprefix(f"{YOURS}: ") for reason in verdict.reasons if not reason.startswith(checks))


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
