"""docs/assets/model.js says what queueing.py says. k6 runs JavaScript modules, so it runs this one too."""

import json
import os
import random
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs import catalog
from labs.pages.regions_presets import presets_of
from labs.runner import load, queueing, store
from labs.runner.guards import is_judged
from labs.runner.model import CpuCosts, Endpoint, Load, Machine, Variant
from tests.conftest import ROOT

CASES = 300
SCRIPT = """
import { predict } from 'file://%(module)s';
const vectors = JSON.parse(open('%(vectors)s'));
export const options = { iterations: 1 };
export default function () {}
export function handleSummary() {
  return { '%(answers)s': JSON.stringify(vectors.map(predict)) };
}
"""


def drawn(chance: random.Random) -> tuple[Variant, float, CpuCosts | None]:
    """Any service at all, each resource held or not."""

    def sometimes(most: float) -> float:
        return chance.choice([0.0, chance.uniform(0.01, most)])

    endpoint = Endpoint(
        "/any", "waiting", waits=sometimes(2), holds_token=sometimes(2), blocks_loop=sometimes(1),
        holds_connection=sometimes(1), computes=sometimes(1), holds_slot=sometimes(1), computes_in_slot=sometimes(1),
        pool=chance.choice(["none", "sync", "async"]),
    )  # fmt: skip
    users = Load(chance.randint(1, 20_000), think_time_s=sometimes(3), arrivals_per_s=sometimes(500))
    variant = Variant(
        "any", endpoint, chance.randint(0, 2_000), chance.randint(1, 64), users,
        thread_tokens=chance.randint(1, 200), pool_size=chance.randint(1, 100), slots=chance.randint(1, 50),
        generator_cores=chance.choice([None, 1, 2]),
    )  # fmt: skip
    costs = CpuCosts(chance.uniform(1e-4, 1e-2), sometimes(1e-3), sometimes(1e-3))
    return variant, chance.choice([1.0, 2.0, 3.5, 16.0]), chance.choice([None, costs])


def described(variant: Variant, cores: float, costs: CpuCosts | None) -> dict[str, Any]:
    """The same service as model.js takes it."""
    return {
        "vus": variant.load.vus, "thinkTime": variant.load.think_time_s, "arrivals": variant.load.arrivals_per_s,
        "workers": variant.workers, "tokens": variant.thread_tokens, "waits": variant.service_time_s,
        "holdsToken": variant.token_time_s, "blocks": variant.blocking_time_s,
        "pooled": variant.endpoint.pool != "none", "poolSize": variant.pool_size,
        "holdsConnection": variant.connection_time_s, "computes": variant.computing_time_s, "cores": cores,
        "slots": variant.slots, "holdsSlot": variant.slot_time_s, "computesInSlot": variant.slot_computing_time_s,
        "generatorCores": variant.generator_cores or 0,
        "costs": costs and {"server": costs.server_s, "generator": costs.generator_s, "database": costs.database_s},
    }  # fmt: skip


def test_both_models_agree(tmp_path: Path) -> None:
    chance = random.Random(1997)
    services = [drawn(chance) for _ in range(CASES)]
    services += [(variant, 2.0, None) for lab in catalog.labs() for variant in lab.rows("post", Machine(2.0))]
    paths = {name: str(tmp_path / f"{name}.json") for name in ("vectors", "answers")}
    (tmp_path / "vectors.json").write_text(json.dumps([described(*service) for service in services]))
    script = tmp_path / "agree.js"
    script.write_text(SCRIPT % {"module": ROOT / "docs" / "assets" / "model.js", **paths})
    argv = [load.k6_binary(), "run", "--quiet", "--no-usage-report", "--address", "", str(script)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=os.environ)
    assert ended.returncode == 0, ended.stderr
    answers = json.loads(Path(paths["answers"]).read_text())
    assert len(answers) == len(services) > CASES
    for (variant, cores, costs), answer in zip(services, answers, strict=True):
        # a hold without end: model.js has none, queueing.py leaves R out where the hold is short
        endless = replace(variant, load=replace(variant.load, hold_s=1e12))
        expected = queueing.predict(endless, cores, costs)
        assert [one["resource"] for one in answer["ceilings"]] == [one.resource for one in expected.ceilings]
        for one, other in zip(answer["ceilings"], expected.ceilings, strict=True):
            assert abs(one["throughput"] / other.throughput_per_s - 1) < 1e-9
        assert (
            answer["throughput"] is None or abs(answer["throughput"] / expected.ceilings[0].throughput_per_s - 1) < 1e-9
        )
        assert answer["onKnee"] == expected.on_knee
        if expected.ceilings:
            assert answer["boundBy"] == expected.bound_by
        if expected.response_time_s is None:
            assert answer["responseTime"] is None
        else:
            assert abs(answer["responseTime"] - expected.response_time_s) < 1e-9 * max(1.0, expected.response_time_s)


def test_the_sliders_have_a_captured_run_of_every_lab() -> None:
    for lab in catalog.labs():
        assert presets_of(lab.number), f"no run of {lab.name} can be shown by the sliders"


def test_a_preset_foretells_what_its_lab_foretold() -> None:
    """Where a clock binds, the sliders' state says the same as the run's own prediction."""
    compared = 0
    for lab in catalog.labs():
        for scale in lab.captured_at:
            kept = store.reference(catalog.folder(lab), scale)
            assert kept is not None
            told = {
                str(one["name"]).split(": ", 1)[1]: one
                for one in presets_of(lab.number)
                if f"-{scale}-" in str(one["id"])
            }
            for run in kept.runs:
                if run.variant.name in told and run.repeat == 0 and run.prediction.clock_bound and is_judged(run):
                    state: Any = told[run.variant.name]["state"]
                    held = {"def": state["s"], "part": state["h"], "async": 0.0}[state["kind"]] / 1000
                    limits = [queueing.users(state["n"], (state["s"]) / 1000, state["z"] / 1000)]
                    limits += [state["w"] * state["t"] / held] if held else []
                    limits += [state["w"] / (state["b"] / 1000)] if state["b"] else []
                    limits += [state["w"] * state["p"] / (state["q"] / 1000)] if state["p"] and state["q"] else []
                    limits += [state["l"]] if state["l"] else []
                    assert min(limits) == pytest.approx(run.prediction.throughput_per_s), told[run.variant.name]["id"]
                    compared += 1
    assert compared > 20
