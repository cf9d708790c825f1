"""The noise floor: how far runs lie apart that differ in nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs import catalog
from labs.engine.results import noise
from labs.engine.results.noise import NoiseFloor
from labs.engine.results.result import noise_floor
from labs.engine.show import report
from tests.unit.builders import VARIANT, measurement, result, run


def test_the_floor_is_half_the_range_of_identical_runs() -> None:
    identical = [run(measurement(value), replace(VARIANT, name=name)) for name, value in (("A", 630.0), ("B", 650.0))]
    floor = noise_floor(result(*identical))
    assert floor.clock_limited == pytest.approx(10 / 640, abs=1e-4) and floor.cpu_limited == 0


def test_runs_that_differ_in_something_are_not_noise() -> None:
    other = replace(VARIANT, name="B", warm_up_s=5.0)
    assert noise_floor(result(run(measurement(630.0)), run(measurement(650.0), other))).clock_limited == 0


FLOOR = NoiseFloor(0.002, 0.08, "2026-01-01T00:00:00+00:00")


def test_each_machine_keeps_a_floor_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert noise.known() == {}
    noise.keep("one", FLOOR)
    noise.keep("other", replace(FLOOR, cpu_limited=0.2))
    assert noise.known() == {"one": FLOOR, "other": replace(FLOOR, cpu_limited=0.2)}


def test_a_damaged_file_of_floors_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / noise.NAME).write_text('{"one": {"clock')
    assert noise.known() == {}


def test_a_result_says_what_its_noise_floor_is_or_how_to_learn_it() -> None:
    kept = result(run(measurement()))
    assert "invoke lab0" in (report.noise_note(catalog.lab(2), kept) or "")
    assert "±0.2%" in (report.noise_note(catalog.lab(2), replace(kept, noise=FLOOR)) or "")
    assert report.noise_note(catalog.lab(0), kept) is None
