"""The verdict tested on itself: a lab broken on purpose is not reproduced, and unbroken for as long it is.

Each lab's `broken.py` says what is started in place of what the lab declares: fewer workers, other tokens,
another route, a generator that is held back. Real processes, at a scale where timing is judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from labs import catalog
from labs.engine import run
from labs.engine.declare.sabotage import Broken, Change
from labs.engine.declare.service import Machine, Variant
from labs.engine.harness import k6
from labs.engine.harness.plan import Plan, this_machine
from labs.engine.judgement.outcome import Verdict
from labs.engine.judgement.verdict import judge
from labs.engine.show.progress import LiveProgress
from labs.lab14_generator.lab import FAST_1, FREED
from tests.conftest import free_port

pytestmark = pytest.mark.timeout(1200)  # five times two runs, and a control


@dataclass(frozen=True)
class Case:
    lab: int
    broken: Broken

    def __str__(self) -> str:
        return f"lab{self.lab}: {self.broken.fault}"


def cases() -> Iterator[object]:
    """Every lab's, those whose rows run in turns in a part of their own: they take as long as the others together."""
    for lab in catalog.labs():
        part = catalog.part(lab, "broken")
        kind = pytest.mark.pairs if lab.segments > 1 else pytest.mark.sabotage
        for broken in part.CASES if part else ():
            yield pytest.param(Case(lab.number, broken), marks=kind)


def unchanged(variant: Variant) -> Variant:
    return variant


@cache  # the control of several cases of one lab is one run
def verdict_of(number: int, names: Sequence[str], change: Change, steady_s: float | None) -> Verdict:
    """Run the lab's own variants, but start `change(variant)` in place of each; judge them as declared."""
    lab = catalog.lab(number)
    rows = (v for v in lab.rows("auto", Machine(this_machine().cores)) if v.name in names)
    chosen = tuple(v if steady_s is None else replace(v, load=replace(v.load, steady_s=steady_s)) for v in rows)
    if len(chosen) < len(names):
        pytest.skip("this machine has too few cores for these rows")
    plan = Plan(
        lab=replace(lab, pgbench=False),
        scale="auto",
        variants=chosen,
        started=tuple(map(change, chosen)),
        repeats=lab.segments,
        port=free_port(),
        experiment=True,
    )
    with open("/dev/null", "w") as nowhere, LiveProgress(Console(file=nowhere)) as progress:
        result, _ = run.run_lab(plan, progress)
    return judge(lab, result)


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_broken_lab_fails_for_the_reason_it_names_and_its_control_is_reproduced(case: Case) -> None:
    broken = case.broken
    control = verdict_of(case.lab, broken.variants, broken.control or unchanged, broken.steady_s)
    assert control.outcome == "reproduced", control.reasons
    verdict = verdict_of(case.lab, broken.variants, broken.change, broken.steady_s)
    if broken.inconclusive is None:
        assert verdict.outcome == "not reproduced", verdict.reasons
        claims = {check.says for check in catalog.lab(case.lab).checks}
        wrong = [check for check in verdict.checks if check.says in claims and (check.passed or check.undecided)]
        assert not (broken.every_check and wrong), wrong
    else:
        assert broken.inconclusive in [guard.id for guard in verdict.guards], verdict.reasons


@pytest.mark.pairs
def test_a_generator_held_back_is_never_reproduced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """k6 is stopped nine tenths of the time, as a busy machine would do it."""
    held = tmp_path / "k6"
    held.write_text(
        f'#!/bin/sh\nif [ "$1" != run ]; then exec "{k6.binary()}" "$@"; fi\n"{k6.binary()}" "$@" &\nk6=$!\n'
        "(while kill -0 $k6 2>/dev/null; do\n  kill -STOP $k6; sleep 0.09; kill -CONT $k6; sleep 0.01\ndone) &\n"
        "wait $k6\n"
    )
    held.chmod(0o755)
    monkeypatch.setenv("K6_BIN", str(held))
    assert verdict_of(14, (FAST_1, FREED), unchanged, 3.0).outcome in ("not reproduced", "inconclusive")
