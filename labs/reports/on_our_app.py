"""Public load tests whose configuration our own app has too, run on it once: they stand beside the published figures.

    python -m labs.reports.on_our_app --port 8000

Run it from committed code on a quiet machine; it writes docs/data/on_our_app.json. Then: invoke render.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from labs.engine import paths
from labs.engine.declare.endpoints import ASYNC_MIX, ASYNC_SELECT, ASYNC_SLEEP, SYNC_MIX, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Scale, Variant
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.harness import provenance, quiet
from labs.engine.harness.plan import Plan
from labs.engine.judgement.doubts import doubts
from labs.engine.results.result import Result
from labs.engine.run import run_lab
from labs.engine.show.progress import LiveProgress
from labs.engine.show.terminal import err, plain_errors
from labs.reports.case import Case, Row
from labs.reports.cases import CLAWBOLT, SID, SSHEVLYAGIN
from labs.reports.cases_fastapi import STACK_OVERFLOW

FILE = paths.DOCS / "data" / "on_our_app.json"


@dataclass(frozen=True)
class Again:
    """A published row, and the variant of ours that has its workers, tokens or connections, wait and users."""

    case: Case
    says: str
    variant: Variant

    @property
    def published(self) -> Row:
        return next(row for row in self.case.rows if row.says == self.says)


def _again(case: Case, says: str, endpoint: Endpoint, ms: int, load: Load, **changed: Any) -> Again:
    name = f"{case.name}: {says}"
    return Again(case, says, Variant(name=name, endpoint=endpoint, ms=ms, workers=1, load=load, **changed))


def _load(users: int, steady_s: float, think_time_s: float = 0.0) -> Load:
    """All users begin nearly at once, and what is in flight at the end isn't waited for: at most 30 s in all."""
    return Load(vus=users, ramp_s=0.2, steady_s=steady_s, graceful_stop_s=1, think_time_s=think_time_s)


# a wait of 3 s needs nearly all of that time for eight whole waves; at one response per second it holds fewer
# completions than the engine's guard asks of a judged row
AGAIN = (
    _again(STACK_OVERFLOW, "def that waits", SYNC_SLEEP, 3000, _load(50, 28.5)),
    _again(STACK_OVERFLOW, "async def that awaits", ASYNC_SLEEP, 3000, _load(50, 28.5)),
    _again(SID, "both in a def", SYNC_MIX, 1000, _load(50, 20)),
    _again(SID, "both in an async def", ASYNC_MIX, 1000, _load(50, 28.5), judged=False),
    _again(SSHEVLYAGIN, "40 users, def that waits", SYNC_SLEEP, 200, _load(40, 15, think_time_s=0.3)),
    _again(CLAWBOLT, "a pool of 5", ASYNC_SELECT, 20, _load(100, 15), pool=Pool(size=5)),
)


class Measured(BaseModel):
    """One row: requests/s as our theory predicted them for this configuration, and as they were in the window."""

    model_config = ConfigDict(frozen=True)

    case: str
    says: str
    predicted_per_s: float
    throughput_per_s: float

    @property
    def off(self) -> float:
        return self.throughput_per_s / self.predicted_per_s - 1


class Recorded(BaseModel):
    """Where and when: `others_share` is what other programs used of the machine before it began."""

    model_config = ConfigDict(frozen=True)

    commit: str
    started_at: str
    cpu: str
    cores: float
    system: str
    others_share: float
    rows: tuple[Measured, ...]


def read() -> Recorded:
    return Recorded.model_validate_json(FILE.read_text(encoding="utf-8"))


def plan(port: int, again: tuple[Again, ...] = AGAIN) -> Plan:
    """One run of each row by the engine's own harness, and by its guards."""
    variants = tuple(one.variant for one in again)

    def rows(scale: Scale, machine: Machine) -> tuple[Variant, ...]:
        return variants

    lab = Lab(
        number=0,
        slug="on_our_app",
        title="Public load tests on our app",
        claim="a public load test at its own configuration comes out as the laws predict",
        variants=rows,
        tolerance=0.05,
        captured_at=(),
    )
    return Plan(lab=lab, scale="auto", variants=variants, port=port, called=lab.slug)


def recorded(planned: Plan, result: Result, others_share: float, again: tuple[Again, ...] = AGAIN) -> Recorded:
    """What is kept of a run. Raises UsageError where a guard of the engine doubts its numbers, or the machine."""
    found = doubts(planned.lab, result)
    if doubted := [*found.measurement, *found.noise]:
        raise UsageError(f"{doubted[0].says}. Nothing is recorded: run it again")
    origin = result.provenance
    return Recorded(
        commit=origin.commit,
        started_at=origin.started_at,
        cpu=origin.cpu,
        cores=origin.cores,
        system=origin.system,
        others_share=others_share,
        rows=tuple(
            Measured(
                case=one.case.name,
                says=one.says,
                predicted_per_s=run.predicted_per_s or 0.0,
                throughput_per_s=run.throughput_per_s,
            )
            for one, run in zip(again, result.runs, strict=True)
        ),
    )


def record(port: int, others: Callable[[Callable[[str], None]], float] = quiet.wait) -> None:
    """Run all of it, and keep it. Raises UsageError if the code isn't committed: it could not be repeated."""
    if provenance.git_state()[1]:
        raise UsageError("this records committed code: commit or stash what `git status` lists")
    planned = plan(port)
    with LiveProgress(err) as progress:
        share = others(progress.note)
        result, _ = run_lab(planned, progress)
    write_text(FILE, recorded(planned, result, share).model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    with plain_errors():
        record(parser.parse_args().port)
