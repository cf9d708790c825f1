"""Labs 8 and 18 without a load: what they size, and the ratios and tables they judge and show."""

from dataclasses import replace

import pytest

from labs import catalog
from labs.engine.declare.service import Machine
from labs.engine.judgement.verdict import judge
from labs.engine.results.result import Result
from labs.engine.theory.prediction import CpuCosts, predict
from labs.lab08_more_workers import tables as workers
from labs.lab18_layers import tables as layers
from tests.unit import builders

SWEEP, LAYERS = catalog.lab(8), catalog.lab(18)


@pytest.mark.parametrize("cores", [1.0, 1.5, 2.0, 4.0, 16.0])
def test_the_sweep_goes_past_the_cores_and_tokens_limit_its_def_rows(cores: float) -> None:
    rows = [v for v in SWEEP.rows("auto", Machine(cores)) if v.name.startswith("def")]
    assert rows[0].workers == 1 and rows[-1].workers == 2 * int(cores)
    assert len({row.workers for row in rows}) == len(rows)
    assert {predict(row, cores).limited_by.only for row in rows} == {"thread tokens"}
    assert len({row.load for row in rows}) == 1


def test_a_computing_endpoint_has_its_knee_at_the_cores() -> None:
    rows = [v for v in SWEEP.rows("auto", Machine(4.0)) if v.name.startswith("compute")]
    predictions = [predict(row, 4.0, CpuCosts(0.0005, 0.0003)) for row in rows]
    assert [p.limited_by.only for p in predictions][::2] == ["a core per worker", "shared cores"]
    assert predictions[1].limited_by.on_knee


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


@pytest.mark.parametrize(("four", "outcome"), [(1500, "reproduced"), (450, "not reproduced")])
def test_layers_cost_what_the_claim_says_or_fail_it(four: float, outcome: str) -> None:
    once = layered({"no layer": 300, "4 layers": four})
    runs = tuple(replace(run, repeat=repeat) for repeat in range(5) for run in once.runs)
    assert judge(LAYERS, replace(once, runs=runs)).outcome == outcome


@pytest.mark.parametrize(("cores", "rows"), [(1.0, 4), (2.0, 5)])
def test_on_one_core_one_worker_is_all_the_cores_there_are(cores: float, rows: int) -> None:
    assert len(SWEEP.rows("auto", Machine(cores))) == rows


def test_the_tables_show_costs_and_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    result = layered({"no layer": 300, "4 layers": 1500, "4 pure ASGI layers": 290})
    monkeypatch.setattr(layers, "captured", lambda lab, scale: result)
    table = layers.cpu_per_request()
    assert "| 4 layers | 1,500 µs |" in table and "| +1,200 µs | 666.7 |" in table and "| −10 µs |" in table
    rows = [v for v in SWEEP.rows("auto", Machine(2.0)) if v.name.startswith("def")]
    swept = builders.result(*(builders.run(builders.measurement(78.0 * v.workers), v) for v in rows), scale="auto")
    monkeypatch.setattr(workers, "captured", lambda lab, scale: swept)
    assert "| def | 4 | 312 | 4.00 | 4.00 |" in workers.sweep_of_workers()
