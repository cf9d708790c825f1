"""Lab 20's tables: a wait that is measured as a little less than none."""

import pytest

from labs.lab20_headroom import tables


@pytest.mark.parametrize(("wait", "said"), [(-0.004, "0.00"), (-0.0, "0.00"), (0.004, "0.00"), (-0.006, "-0.01")])
def test_a_wait_of_nothing_has_no_sign(wait: float, said: str) -> None:
    assert tables.two_decimals(wait) == said


def test_no_table_of_the_page_has_a_negative_zero() -> None:
    assert "-0.00" not in tables.who_waits() + tables.formulas()
