"""Lab 0's own rule: a run that was disturbed leaves no noise floor behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labs import catalog
from labs.engine import run
from labs.engine.declare.service import Machine, Variant
from labs.engine.harness.plan import Plan
from labs.engine.results import noise
from labs.engine.results.measurement import Measurement
from tests.unit.builders import measurement


class Silent:
    """A Progress that nobody watches; it keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *arguments: None


@pytest.mark.parametrize(("others_cores", "kept"), [(0.0, True), (0.5, False)])
def test_a_disturbed_run_leaves_no_floor(
    others_cores: float, kept: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int
) -> None:
    def measured(variant: Variant, wave_s: float, raw: object) -> Measurement:
        rate = 400.0 if "clock" in variant.name else 2_800.0
        return measurement(rate, vus_reached=variant.load.vus, other_cpu_cores=others_cores)

    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setattr(run, "run_variant", lambda *_: None)
    monkeypatch.setattr(run, "measure", measured)
    lab = catalog.lab(0)
    plan = Plan(lab=lab, scale="auto", variants=lab.rows("auto", Machine(2.0)), port=port)
    heard = Silent()
    run.run_lab(plan, heard)  # type: ignore[arg-type]
    assert bool(noise.known()) == kept
    assert any("no noise floor is kept" in note for note in heard.notes) != kept
