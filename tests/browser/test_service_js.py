"""docs/assets/service.js plays what labs/simulator/ plays, in the browser that readers have."""

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from labs.pages import twins
from labs.pages.regions import simulator
from labs.simulator.simulate import Scenario, figures, order, spread
from labs.simulator.users import Records, simulate_run
from tests.browser.places import address

# no longer than shows some waves: the two are compared, nothing is measured
STEADY_S, STEADY_BUSY_S = 3.0, 1.2  # where the CPU limits, thousands of requests come each second
PLAY = """async ([module, services]) => {
  const { Simulation, order, spread } = await import(module);
  const played = services.map((service) => {
    const homes = order(spread(service.vus, service.workers));
    const run = new Simulation(service, { homes });
    run.run(Infinity);
    return { ...run.records, homes, interrupted: run.inFlight, responses: run.workers.map((one) => one.responses) };
  });
  return JSON.stringify(played);  // as one text: Playwright would wrap each of half a million numbers
}"""
Both = list[tuple["Vector", Records, dict[str, Any]]]


@dataclass(frozen=True)
class Vector:
    """A captured variant that the simulator plays, with a short steady phase."""

    name: str
    scenario: Scenario

    @property
    def service(self) -> dict[str, Any]:
        return twins.service(self.scenario.variant, self.scenario.cores, self.scenario.costs)


def vectors() -> list[Vector]:
    found = []
    for row in simulator.rows():
        variant = row.scenario.variant
        most_s = STEADY_BUSY_S if row.scenario.costs else STEADY_S
        load = replace(variant.load, steady_s=min(variant.load.steady_s, most_s))
        scenario = replace(row.scenario, variant=replace(variant, load=load))
        found.append(Vector(f"{row.lab.name}, {row.scale}, {variant.name}", scenario))
    return found


def played_here(scenario: Scenario) -> Records:
    variant = scenario.variant
    homes = order(spread(variant.load.vus, variant.workers))
    return simulate_run(variant, homes, scenario.costs, scenario.cores, shared=variant.blocking_time_s > 0)


@pytest.fixture(scope="module")
def both(chromium: Browser, home: str) -> Both:
    chosen = vectors()
    page = chromium.new_page()
    page.goto(address(home, "glossary"))
    played = json.loads(page.evaluate(PLAY, [f"{home}assets/service.js", [one.service for one in chosen]]))
    page.close()
    return [(one, played_here(one.scenario), there) for one, there in zip(chosen, played, strict=True)]


def test_both_languages_play_the_same_run(both: Both) -> None:
    """One test: what it stands on takes half a minute to make."""
    _vectors_are_of_every_kind(both)
    _connections_spread_alike(both)
    _what_costs_no_cpu_is_counted_alike(both)
    _what_costs_cpu_has_the_same_throughput_and_percentiles(both)


def _vectors_are_of_every_kind(both: Both) -> None:
    assert len(both) >= 50
    variants = [one.scenario.variant for one, _, _ in both]
    assert any(v.blocking_time_s for v in variants) and any(v.needs_database for v in variants)
    assert any(v.endpoint.holds_token for v in variants) and any(one.scenario.costs for one, _, _ in both)
    assert any(there["timedOut"] for _, _, there in both) and any(there["unconnected"] for _, _, there in both)


def _connections_spread_alike(both: Both) -> None:
    for one, _, there in both:
        variant = one.scenario.variant
        assert there["homes"] == order(spread(variant.load.vus, variant.workers)), one.name


def _what_costs_no_cpu_is_counted_alike(both: Both) -> None:
    for one, here, there in both:
        if not one.scenario.costs:
            counts = (len(here.ended_s), here.timed_out, here.unconnected, here.interrupted, *here.worker_responses)
            others = (len(there["ended"]), there["timedOut"], there["unconnected"], there["interrupted"])
            assert counts == (*others, *there["responses"]), one.name
            assert np.allclose(here.ended_s, there["ended"], atol=1e-6), one.name


def _what_costs_cpu_has_the_same_throughput_and_percentiles(both: Both) -> None:
    for one, here, there in both:
        if one.scenario.costs:
            records = Records(
                there["ended"], there["duration"], there["expected"], there["unconnected"], there["timedOut"],
                there["interrupted"], there["responses"],
            )  # fmt: skip
            mine, other = figures(one.scenario, [here], 1.0), figures(one.scenario, [records], 1.0)
            assert other.throughput_per_s == pytest.approx(mine.throughput_per_s, rel=0.01), one.name
            wave_s = one.scenario.variant.service_time_s
            assert other.p95_s == pytest.approx(mine.p95_s, rel=0.05, abs=wave_s), one.name
