"""What a machine cannot carry is said before anything is started, with the command that fixes it."""

from dataclasses import replace

import pytest

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness.preflight import Limits, check, most_vus, notes
from tests.unit.builders import VARIANT

ENOUGH = Limits(20_000, 28_232, 16 * 10**9, disk_bytes=10**11, cores=2, somaxconn=4096)


def test_enough_is_enough() -> None:
    check([VARIANT], ENOUGH)


@pytest.mark.parametrize(
    ("lack", "fix"),
    [
        ({"descriptors": 256}, "ulimit -n 10200"),
        ({"ports": 5_000}, "ip_local_port_range"),
        ({"memory_bytes": 10**9}, "close other programs"),
        ({"disk_bytes": 10**7}, "invoke clean"),
        ({"cores": 0.5}, "docker update --cpus 2"),
    ],
)
def test_each_lack_is_named_with_its_fix(lack: dict[str, float], fix: str) -> None:
    with pytest.raises(UsageError, match=fix):
        check([VARIANT], replace(ENOUGH, **lack))  # type: ignore[arg-type]


def test_a_short_accept_queue_stops_nothing_and_is_said() -> None:
    assert notes([VARIANT], ENOUGH) == []
    assert "net.core.somaxconn=2048" in notes([VARIANT], replace(ENOUGH, somaxconn=128))[0]


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
@pytest.mark.parametrize("lack", [{"descriptors": 700}, {"ports": 500}, {"memory_bytes": 700_000_000}])
def test_the_default_scale_fits_a_small_machine(lab: Lab, lack: dict[str, int]) -> None:
    limits = replace(ENOUGH, **lack)  # type: ignore[arg-type]
    check(lab.rows("auto", Machine(2.0, most_vus(limits))), limits)


def test_a_smaller_default_scale_keeps_the_ratio_that_makes_the_point() -> None:
    """N·b / (W·timeout): how many timeouts long the queue of lab 5 is."""
    for vus in (1_000_000, 500, 50):
        posted = catalog.lab(5).rows("auto", Machine(2.0, vus))[0]
        queue_s = posted.load.vus * posted.blocking_time_s / posted.workers
        assert queue_s / posted.load.timeout_s == pytest.approx(5.2, rel=0.02)
