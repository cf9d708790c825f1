"""Twenty random experiments of a reader, really run: none is *reproduced* that the long run doesn't confirm."""

from dataclasses import replace
from random import Random

import pytest
from rich.console import Console

from labs import catalog
from labs.engine import run
from labs.engine.harness import overrides
from labs.engine.harness.plan import make_plan
from labs.engine.judgement.tolerance import WIDEST
from labs.engine.judgement.verdict import judge
from labs.engine.show.progress import LiveProgress
from labs.simulator.simulate import Scenario, simulate
from tests.conftest import free_port

pytestmark = pytest.mark.overrides


def asked(seed: int) -> dict[str, str]:
    draw = Random(seed)
    return {
        "workers": str(draw.choice([1, 2])),
        "vus": str(draw.choice([20, 60, 100, 200, 400])),
        "ms": str(draw.choice([50, 200, 500, 1000, 3000])),
        "tokens": str(draw.choice([5, 20, 40])),
        "steady": str(draw.choice([3, 6, 10])),
        "think": str(draw.choice([0, 0, 0.5])),
        "timeout": str(draw.choice([2, 5, 15])),
    }


@pytest.mark.parametrize("seed", range(20))
def test_what_is_reproduced_the_long_run_confirms(seed: int) -> None:
    lab = catalog.lab(2)
    planned = make_plan(lab, overrides.parse(asked(seed) | {"port": str(free_port())}))
    planned = replace(planned, variants=planned.variants[:1])
    with open("/dev/null", "w") as nowhere, LiveProgress(Console(file=nowhere)) as progress:
        result, _ = run.run_lab(planned, progress)
    verdict, (one,) = judge(lab, result), result.runs
    if verdict.outcome != "reproduced":
        return  # short waits cost the service more than their length: what isn't reproduced need not be wrong
    longer = replace(one.variant, load=replace(one.variant.load, steady_s=400 * max(0.05, one.prediction.wave_s)))
    long_run = simulate(Scenario(longer)).throughput_per_s
    assert one.predicted_per_s is not None
    assert abs(long_run / one.predicted_per_s - 1) <= WIDEST, (asked(seed), verdict.reasons)
