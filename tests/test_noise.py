"""The noise floor: how far runs lie apart that differ in nothing."""

from dataclasses import replace

import pytest

from labs.runner import noise
from tests.builders import VARIANT, measurement, result, run


def test_the_floor_is_half_the_range_of_identical_runs() -> None:
    twins = [run(measurement(value), replace(VARIANT, name=name)) for name, value in (("A", 630.0), ("B", 650.0))]
    floor = noise.floor(result(*twins))
    assert floor.clock_bound == pytest.approx(10 / 640, abs=1e-4) and floor.cpu_bound == 0


def test_runs_that_differ_in_something_are_not_noise() -> None:
    other = replace(VARIANT, name="B", warm_up_s=5.0)
    assert noise.floor(result(run(measurement(630.0)), run(measurement(650.0), other))).clock_bound == 0
