"""The noise floor: how far runs lie apart that differ in nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labs import catalog
from labs.runner import noise, report, store
from labs.runner import run as harness
from labs.runner.model import Machine, Measurement, NoiseFloor, Variant
from tests.builders import VARIANT, measurement, result, run


def test_the_floor_is_half_the_range_of_identical_runs() -> None:
    twins = [run(measurement(value), replace(VARIANT, name=name)) for name, value in (("A", 630.0), ("B", 650.0))]
    floor = noise.floor(result(*twins))
    assert floor.clock_bound == pytest.approx(10 / 640, abs=1e-4) and floor.cpu_bound == 0


def test_runs_that_differ_in_something_are_not_noise() -> None:
    other = replace(VARIANT, name="B", warm_up_s=5.0)
    assert noise.floor(result(run(measurement(630.0)), run(measurement(650.0), other))).clock_bound == 0


FLOOR = NoiseFloor(0.002, 0.08, "2026-01-01T00:00:00+00:00")


def test_each_machine_keeps_a_floor_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(store, "RUNS", tmp_path)
    assert store.noise_floors() == {}
    store.keep_noise_floor("one", FLOOR)
    store.keep_noise_floor("other", replace(FLOOR, cpu_bound=0.2))
    assert store.noise_floors() == {"one": FLOOR, "other": replace(FLOOR, cpu_bound=0.2)}


def test_a_damaged_file_of_floors_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(store, "RUNS", tmp_path)
    (tmp_path / store.NOISE_NAME).write_text('{"one": {"clock')
    assert store.noise_floors() == {}


def test_a_result_says_what_its_noise_floor_is_or_how_to_learn_it() -> None:
    kept = result(run(measurement()))
    assert "invoke lab0" in (report.noise_note(catalog.lab(2), kept) or "")
    assert "±0.2\u00a0%" in (report.noise_note(catalog.lab(2), replace(kept, noise=FLOOR)) or "")
    assert report.noise_note(catalog.lab(0), kept) is None


class Silent:
    """A Progress that nobody watches."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *arguments: None


@pytest.mark.parametrize(("others_cores", "kept"), [(0.0, True), (0.5, False)])
def test_a_disturbed_run_leaves_no_floor(
    others_cores: float, kept: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int
) -> None:
    def measured(dog: object, plan: object, variant: Variant, *others: object) -> Measurement:
        rate = 400.0 if "clock" in variant.name else 2_800.0
        return measurement(rate, vus_reached=variant.load.vus, other_cpu_cores=others_cores)

    monkeypatch.setattr(store, "RUNS", tmp_path)
    monkeypatch.setattr(harness, "_run_variant", measured)
    lab = catalog.lab(0)
    harness.run_lab(harness.Plan(lab, "auto", lab.rows("auto", Machine(2.0)), port=port), Silent())  # type: ignore[arg-type]
    assert bool(store.noise_floors()) == kept
