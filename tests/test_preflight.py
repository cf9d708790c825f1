"""What a machine cannot carry is said before anything is started, with the command that mends it."""

import pytest

from labs.runner.model import UsageError
from labs.runner.preflight import Limits, check
from tests.builders import VARIANT

ENOUGH = Limits(descriptors=20_000, ports=28_232, memory_bytes=16 * 10**9)


def test_enough_is_enough() -> None:
    check([VARIANT], ENOUGH)


@pytest.mark.parametrize(
    ("limits", "mend"),
    [
        (Limits(256, 28_232, 16 * 10**9), "ulimit -n 10200"),
        (Limits(20_000, 5_000, 16 * 10**9), "ip_local_port_range"),
        (Limits(20_000, None, 10**9), "close other programs"),
    ],
)
def test_each_lack_is_named_with_its_mend(limits: Limits, mend: str) -> None:
    with pytest.raises(UsageError, match=mend):
        check([VARIANT], limits)
