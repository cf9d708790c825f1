"""What fresh runs say together, and that they are kept one by one and never mixed."""

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from labs import catalog, stability
from labs.engine.declare.service import Machine
from labs.engine.harness import machine, quiet
from labs.engine.harness.fingerprint import fingerprint
from labs.engine.results import store
from labs.stability import FreshCheck, FreshRun

LAB = catalog.lab(1)  # sized by the cores


def fresh(outcome: str = "reproduced", value: float = 1.0, cores: float = 2.0) -> FreshRun:
    check = FreshCheck("a / b", value, 0.95, 1.05, 0.95 <= value <= 1.05)
    return FreshRun(
        lab=1,
        started_at="2026-01-01T00:00:00+00:00",
        commit="c",
        fingerprint=fingerprint(LAB.rows("auto", Machine(cores))),
        machine="this one",
        others=0.0,
        outcome=outcome,  # type: ignore[arg-type]
        reasons=("because",),
        checks=(check,),
    )


def test_inconclusive_is_no_agreement() -> None:
    captured = store.reference(catalog.folder(LAB), "auto")
    assert captured is not None
    kept = [fresh(cores=captured.provenance.cores) for _ in range(3)]
    kept += [replace(kept[0], outcome="inconclusive"), replace(kept[0], outcome="not reproduced")]
    (found,) = stability.agreements(kept)
    assert (found.runs, found.agree, found.inconclusive) == (5, 3, 1) and found.page == "reproduced"


def test_runs_of_other_code_do_not_count() -> None:
    kept = [fresh(), replace(fresh(), fingerprint="of another commit")]
    assert stability.of_today(LAB, kept, 2.0) == kept[:1] and not stability.of_today(LAB, kept, 7.0)


def test_runs_that_were_held_against_another_limit_do_not_count() -> None:
    claim = LAB.checks[0]
    check = FreshCheck(claim.says, 9.0, claim.at_least, claim.at_most, True)
    same = replace(fresh(), checks=(check,))
    other = replace(fresh(), checks=(replace(check, low=1.5),))
    assert stability.of_today(LAB, [same, other], 2.0) == [same]


def test_a_limit_is_as_far_as_its_logarithm_is_from_the_mean() -> None:
    checks = [FreshCheck("a / b", value, 1.0, None, True) for value in (1.9, 2.0, 2.1)]
    assert stability.deviations(checks) == pytest.approx(13.8, abs=0.2)
    assert stability.deviations(checks[:1]) == stability.deviations([checks[0]] * 3) == inf
    assert stability.deviations([replace(one, low=None) for one in checks]) == inf


def test_machines_are_never_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, begun = tmp_path / "stability.json", list[int]()
    path.write_text(stability.RUNS.dump_json((fresh(cores=machine.cores()),)).decode())

    def play(lab: object, others: float, progress: object) -> FreshRun:
        begun.append(1)
        return replace(fresh(cores=machine.cores()), machine="another one")

    monkeypatch.setattr(machine, "key", lambda: "another one")
    monkeypatch.setattr(stability, "fresh", play)
    monkeypatch.setattr(quiet, "wait", lambda say: 0.0)
    stability.run([LAB], 1, 1.0, Nothing(), path)  # type: ignore[arg-type]
    assert len(begun) == 1, "a run of another machine counted as one of this"
    assert {name: len(runs) for name, runs in stability.by_machine(stability.kept(path)).items()} == {
        "this one": 1,
        "another one": 1,
    }


class Nothing:
    def note(self, text: str) -> None: ...


def test_each_run_is_kept_before_the_next_and_what_is_there_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, begun = tmp_path / "stability.json", []

    def play(lab: object, others: float, progress: object) -> FreshRun:
        begun.append(len(stability.kept(path)))
        return replace(fresh(cores=machine.cores()), machine=machine.key())

    monkeypatch.setattr(stability, "fresh", play)
    monkeypatch.setattr(quiet, "wait", lambda say: 0.0)
    stability.run([LAB], 2, 1.0, Nothing(), path)  # type: ignore[arg-type]
    stability.run([LAB], 3, 1.0, Nothing(), path)  # type: ignore[arg-type]
    assert begun == [0, 1, 2] and len(stability.kept(path)) == 3


def test_a_busy_machine_is_waited_for_and_that_is_said() -> None:
    seen, said = iter([0.5, 0.04, 0.03]), list[str]()
    assert quiet.wait(said.append, share=lambda: next(seen)) == 0.03
    assert len(said) == 2 and "other programs use 50% of the machine" in said[0]


def test_it_does_not_wait_for_ever() -> None:
    asked: list[float] = []
    assert quiet.wait(lambda text: None, share=lambda: asked.append(0) or 0.9) == 0.9
    assert len(asked) == 1 + quiet.GIVE_UP_S / quiet.WATCH_S
