"""Labs 8 and 18 without a load: what they size, and the ratios and tables they judge and show."""

from dataclasses import replace

import pytest

from labs import catalog
from labs.pages import regions_beyond
from labs.runner import queueing
from labs.runner.model import CpuCosts, Machine, Observed, Result
from labs.runner.verdict import judge, observations
from tests import builders

SWEEP, LAYERS = catalog.lab(8), catalog.lab(18)


@pytest.mark.parametrize("cores", [1.0, 1.5, 2.0, 4.0, 16.0])
def test_the_sweep_goes_past_the_cores_and_tokens_bind_its_def_rows(cores: float) -> None:
    rows = [v for v in SWEEP.rows("auto", Machine(cores)) if v.name.startswith("def")]
    assert rows[0].workers == 1 and rows[-1].workers == 2 * int(cores)
    assert len({row.workers for row in rows}) == len(rows)
    assert {queueing.predict(row, cores).bound_by for row in rows} == {"thread tokens"}
    assert len({row.load for row in rows}) == 1


def test_a_computing_endpoint_has_its_knee_at_the_cores() -> None:
    rows = [v for v in SWEEP.rows("auto", Machine(4.0)) if v.name.startswith("compute")]
    predictions = [queueing.predict(row, 4.0, CpuCosts(0.0005, 0.0003)) for row in rows]
    assert [p.bound_by for p in predictions][::2] == ["a core per worker", "shared cores"]
    assert predictions[1].on_knee


def layered(costs: dict[str, float]) -> Result:
    """One run of each named variant of lab 18, saturating its one core at that cost (µs)."""
    runs = []
    for variant in LAYERS.rows("auto", Machine(2.0)):
        if variant.name in costs:
            cost_s = costs[variant.name] * 1e-6
            measured = builders.measurement(1 / cost_s)
            measured = replace(measured, server=replace(measured.server, cpu_s_per_request=cost_s))
            runs.append(builders.run(measured, variant))
    return builders.result(*runs, scale="auto")


@pytest.mark.parametrize(("four", "passed"), [(1500, True), (3000, False), (900, False)])
def test_layers_add_up(four: float, passed: bool) -> None:
    result = layered({"no layer": 300, "2 layers": 900, "4 layers": four})
    (found,) = [check for check in judge(LAYERS, result).checks if "foretold" in check.says]
    assert found.passed == passed


def test_throughput_is_the_inverse_of_what_a_request_costs() -> None:
    (seen,) = observations(layered({"no layer": 300, "4 layers": 1500}))
    (check,) = [check for check in LAYERS.checks if check.says.startswith("throughput with none")]
    assert check.ratio(seen) == pytest.approx(1.0)


def test_the_generators_share_is_seen_where_the_second_worker_brings_less() -> None:
    (check,) = [check for check in SWEEP.checks if "beside its generator" in check.says]

    def seen(per_s: float) -> Observed:
        return Observed(per_s, None, 0, 0, None, 0)

    each = {"async def, W = 1": seen(2000), "async def, W = C": seen(2800)}
    computing = {"compute, W = 1": seen(50), "compute, W = C": seen(100)}
    assert check.low <= check.ratio({**each, **computing}) <= check.high
    assert not check.ratio({**each, "async def, W = C": seen(4000), **computing}) <= check.high


def test_the_tables_show_costs_and_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    result = layered({"no layer": 300, "4 layers": 1500, "4 pure ASGI layers": 290})
    monkeypatch.setattr(regions_beyond, "captured", lambda number, scale: (LAYERS, result))
    table = regions_beyond.cpu_per_request(18, "no layer", "auto")
    assert "| 4 layers | 1,500 µs |" in table and "| +1,200 µs | 666.7 |" in table and "| −10 µs |" in table
    rows = [v for v in SWEEP.rows("auto", Machine(2.0)) if v.name.startswith("def")]
    swept = builders.result(*(builders.run(builders.measurement(78.0 * v.workers), v) for v in rows), scale="auto")
    monkeypatch.setattr(regions_beyond, "captured", lambda number, scale: (SWEEP, swept))
    assert "| def | 4 | 312 | 4.00 | 4.00 |" in regions_beyond.sweep_of_workers(8, "auto")
