"""The sliders begin with captured runs, and say of them what was predicted."""

from typing import Any

import pytest

from labs import catalog
from labs.engine.judgement.scope import is_judged
from labs.engine.results import store
from labs.engine.theory import queueing
from labs.pages.regions.presets import presets_of

OTHERS = {22, 23, 26, 27}  # another program or a restart takes part in every row, which the sliders don't know


def test_the_sliders_have_a_captured_run_of_every_lab() -> None:
    for lab in catalog.labs():
        assert bool(presets_of(lab.number)) == (lab.number not in OTHERS), lab.name


def test_a_preset_predicts_what_its_lab_predicted() -> None:
    """Where a clock limits, the sliders' state says the same as the run's own prediction."""
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
                if run.variant.name in told and run.repeat == 0 and run.prediction.clock_limited and is_judged(run):
                    state: Any = told[run.variant.name]["state"]
                    held = {"def": state["s"], "part": state["h"], "async": 0.0}[state["kind"]] / 1000
                    limits = [queueing.users(state["n"], (state["s"]) / 1000, state["z"] / 1000)]
                    limits += [state["w"] * state["t"] / held] if held else []
                    limits += [state["w"] / (state["b"] / 1000)] if state["b"] else []
                    limits += [state["w"] * state["p"] / (state["q"] / 1000)] if state["p"] and state["q"] else []
                    limits += [state["l"]] if state["l"] else []
                    assert min(limits) == pytest.approx(run.predicted_per_s), told[run.variant.name]["id"]
                    compared += 1
    assert compared > 20
