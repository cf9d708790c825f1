"""What fresh runs say together, and that they are kept one by one and never mixed."""

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from labs import catalog, stability
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine
from labs.engine.harness import machine, quiet
from labs.engine.harness.fingerprint import fingerprint
from labs.engine.results import store
from labs.stability import FreshCheck, FreshRun

LAB = catalog.lab(1)  # sized by the cores
IN_ONE_GO = catalog.lab(21)  # each of its checks has one value
IN_TURNS = catalog.lab(9)


def fresh(lab: Lab = LAB, cores: float = 2.0) -> FreshRun:
    """A run that keeps the limits of the lab's first check, which it was held against."""
    claim = lab.checks[0]
    kept = FreshCheck(claim.says, value_between(claim.at_least, claim.at_most), claim.at_least, claim.at_most, True)
    return FreshRun(
        lab=lab.number,
        started_at="2026-01-01T00:00:00+00:00",
        commit="c",
        fingerprint=fingerprint(lab.rows("auto", Machine(cores))),
        machine="this one",
        others=0.0,
        outcome="reproduced",
        reasons=("because",),
        checks=(kept,),
    )


def value_between(low: float | None, high: float | None) -> float:
    return 1.01 * low if low is not None else 0.99 * (high or 1.0)


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


def test_a_run_with_a_check_that_is_gone_does_not_count() -> None:
    kept = fresh(IN_ONE_GO)
    gone = replace(kept, checks=(replace(kept.checks[0], says="throughput of max_concurrency / prediction by pool"),))
    judged = replace(kept, checks=(replace(kept.checks[0], says="throughput of a session / prediction by pool"),))
    assert stability.of_today(IN_ONE_GO, [kept, gone, judged], 2.0) == [kept, judged]


def test_where_a_limit_was_moved_a_kept_run_is_held_against_the_new_one() -> None:
    kept = fresh(IN_ONE_GO)
    (check,) = kept.checks
    earlier = replace(kept, outcome="not reproduced", checks=(replace(check, low=2.0, passed=False),))
    assert stability.of_today(IN_ONE_GO, [earlier], 2.0) == [kept]
    beyond = replace(earlier, outcome="reproduced", checks=(FreshCheck(check.says, 0.5, 0.4, check.high, True),))
    (found,) = stability.of_today(IN_ONE_GO, [beyond], 2.0)
    assert found.outcome == "not reproduced" and not found.checks[0].passed
    disturbed = replace(earlier, outcome="inconclusive")
    assert stability.of_today(IN_ONE_GO, [disturbed], 2.0)[0].outcome == "inconclusive"


def test_of_rows_in_turns_the_median_alone_cannot_be_held_against_a_new_limit() -> None:
    kept = fresh(IN_TURNS)
    other = replace(kept, checks=(replace(kept.checks[0], low=1.7),))
    assert stability.of_today(IN_TURNS, [kept, other], 2.0) == [kept]


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
