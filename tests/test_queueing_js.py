"""docs/assets/queueing.js says what theory/ says."""

import random
from dataclasses import replace
from pathlib import Path

from labs import catalog
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Variant
from labs.engine.formatting import limited_by
from labs.engine.theory import queueing
from labs.engine.theory.prediction import CpuCosts, Prediction, Resource, predict
from labs.pages import twins
from tests.javascript import said

CASES = 300


def drawn(chance: random.Random) -> tuple[Variant, float, CpuCosts | None]:
    """Any service at all, each resource held or not."""

    def sometimes(most: float) -> float:
        return chance.choice([0.0, chance.uniform(0.01, most)])

    endpoint = Endpoint(
        path="/any", module="waiting", waits=sometimes(2), holds_token=sometimes(2), blocks_loop=sometimes(1),
        holds_connection=sometimes(1), computes=sometimes(1), holds_slot=sometimes(1), computes_in_slot=sometimes(1),
    )  # fmt: skip
    users = Load(vus=chance.randint(1, 20_000), think_time_s=sometimes(3), arrivals_per_s=sometimes(500) or None)
    variant = Variant(
        name="any", endpoint=endpoint, ms=chance.randint(0, 2_000), workers=chance.randint(1, 64), load=users,
        thread_tokens=chance.randint(1, 200), pool=chance.choice([None, Pool(size=chance.randint(1, 100))]),
        slots=chance.randint(1, 50), generator_cores=chance.choice([None, 1, 2]),
    )  # fmt: skip
    costs = CpuCosts(chance.uniform(1e-4, 1e-2), sometimes(1e-3), sometimes(1e-3))
    return variant, chance.choice([1.0, 2.0, 3.5, 16.0]), chance.choice([None, costs])


def _same_knee(users: float | None, variant: Variant, expected: Prediction) -> None:
    """With so many users their own ceiling is the lowest of the others."""
    others = [one.throughput_per_s for one in expected.ceilings if one.resource is not Resource.USERS]
    assert (users is None) == (not others)
    if users and others:
        own = queueing.users(1, variant.service_time_s, variant.load.think_time_s)
        assert abs(own * users / others[0] - 1) < 1e-9


def test_both_languages_agree(tmp_path: Path) -> None:
    chance = random.Random(1997)
    services = [drawn(chance) for _ in range(CASES)]
    services += [(variant, 2.0, None) for lab in catalog.labs() for variant in lab.rows("post", Machine(2.0))]
    results = said(
        "queueing.js",
        "({ ...module.predict(one), knee: module.knee(one) })",
        [twins.service(*service) for service in services],
        tmp_path,
    )
    assert len(results) == len(services) > CASES
    for (variant, cores, costs), result in zip(services, results, strict=True):
        # a steady phase without end: queueing.js has none, predict leaves R out where it is short
        endless = replace(variant, load=replace(variant.load, steady_s=1e12))
        expected = predict(endless, cores, costs)
        assert [one["resource"] for one in result["ceilings"]] == [one.resource for one in expected.ceilings]
        for one, other in zip(result["ceilings"], expected.ceilings, strict=True):
            assert abs(one["throughput"] / other.throughput_per_s - 1) < 1e-9
        assert (
            result["throughput"] is None or abs(result["throughput"] / expected.ceilings[0].throughput_per_s - 1) < 1e-9
        )
        _same_knee(result["knee"], variant, expected)
        assert result["onKnee"] == expected.limited_by.on_knee
        if expected.ceilings:
            assert result["limitedBy"] == limited_by(expected.limited_by)
        if expected.response_time_s is None:
            assert result["responseTime"] is None
        else:
            assert abs(result["responseTime"] - expected.response_time_s) < 1e-9 * max(1.0, expected.response_time_s)
