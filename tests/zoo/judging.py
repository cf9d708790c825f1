"""Pure: what a diagnosis said of a service of the zoo, held against what is true of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tests.zoo.services import DEADLOCK, LIMITED, Service

BETWEEN, INCONCLUSIVE = "between", "inconclusive"
TOLERANCE = 0.05  # of the throughput that theory gives, where a clock limits

Outcome = Literal["right", "between", "inconclusive", "wrong"]


@dataclass(frozen=True)
class Judged:
    """One run. `why` is empty for one that is right; `x_per_s` is the throughput measured at the plateau."""

    service: str
    true: str
    outcome: Outcome
    said: str
    why: str
    size: float | None
    true_size: int | None
    x_per_s: float | None
    theory_per_s: float | None

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Proven:
    """One run with `--prove`: the change that was made, what was promised of it, and what came."""

    service: str
    change: str
    predicted_per_s: float
    low_per_s: float | None
    high_per_s: float | None
    measured_per_s: float | None
    verdict: str

    def document(self) -> dict[str, Any]:
        return asdict(self)


def proven(service: Service, document: Mapping[str, Any]) -> Proven:
    """`document` is what `invoke diagnose --prove --json` printed, of a service whose limit a restart can change."""
    change, proof = document["change"], document["proof"]
    made = {"tokens": "tokens", "workers": "workers", "executor": "threads"}[change["setting"]]
    return Proven(
        service=service.called,
        change=f"{change['after']} {made}",
        predicted_per_s=change["predicted_per_s"],
        low_per_s=change["low_per_s"],
        high_per_s=change["high_per_s"],
        measured_per_s=proof["step"] and proof["step"]["throughput_per_s"],
        verdict=proof["verdict"],
    )


def judge(service: Service, document: Mapping[str, Any]) -> Judged:
    """`document` is what `invoke diagnose --json` printed."""
    finding, evidence = document["finding"], document["evidence"]
    limits = finding["limits"]
    step = evidence["steady"] or evidence["steps"][-1]
    outcome, why = _outcome(service, finding["answer"], limits, step["throughput_per_s"])
    return Judged(
        service=service.called,
        true=" and ".join(service.limits) or service.answer,
        outcome=outcome,
        said=document["sentence"],
        why=why,
        size=limits[0]["size"] if len(limits) == 1 else None,
        true_size=service.size,
        x_per_s=step["throughput_per_s"],
        theory_per_s=service.theory_per_s,
    )


def _outcome(service: Service, answer: str, limits: list[Mapping[str, Any]], x_per_s: float) -> tuple[Outcome, str]:
    kinds = {limit["kind"] for limit in limits}
    right = {*service.limits, *service.or_limited_by}
    if answer == INCONCLUSIVE:
        return "inconclusive", "it didn't say"
    if answer == BETWEEN:
        if kinds & right and not kinds & set(service.never):
            return "between", "it named a second one as well"
        return "wrong", f"between {' and '.join(sorted(kinds))}, and it is {' or '.join(sorted(right))}"
    if answer != service.answer:
        return "wrong", f"{answer}, and it is {service.answer}"
    named = kinds == set(service.limits) if answer == DEADLOCK else len(kinds) == 1 and kinds <= right
    if answer in (LIMITED, DEADLOCK) and not named:
        return "wrong", f"{' and '.join(sorted(kinds))}, and it is {' or '.join(sorted(right))}"
    return _numbers(service, limits, x_per_s)


def _numbers(service: Service, limits: list[Mapping[str, Any]], x_per_s: float) -> tuple[Outcome, str]:
    """A size is exact; a throughput that a clock limits is near what theory gives."""
    if service.size is not None and limits[0]["size"] != service.size:
        return "wrong", f"it says {limits[0]['size']} places, and there are {service.size}"
    theory = service.theory_per_s
    if theory is not None and abs(x_per_s / theory - 1) > TOLERANCE:
        return "wrong", f"{x_per_s:.1f}/s, and {theory:.1f}/s is what the limit allows"
    return "right", ""
