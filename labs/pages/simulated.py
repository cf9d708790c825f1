"""What the simulator says of a captured run, remembered in a committed file: pages render in a second.

Simulating every capture takes some minutes. `simulated.json` keeps each outcome under a key made of the
scenario, and all of them under a fingerprint of the simulator's code: what changed is simulated anew.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np

from labs.runner.model import CpuCosts, Result, Run
from labs.runner.provenance import declared, normalised
from labs.runner.simulate import Scenario, Simulated, simulate

FILE = Path(__file__).resolve().parents[2] / "docs" / "data" / "simulated.json"
POOL_GAVE_UP = "1503"  # k6's code of a 503
CODE = ("simulate", "simulated_users", "simulated_service", "window", "queueing")


def scenario(run: Run, result: Result) -> Scenario | None:
    """How a captured run is simulated; None where the simulator has nothing to say.

    Where a clock binds nothing that was measured goes in. Elsewhere the CPU that a request cost does.
    """
    if uncovered(run):
        return None
    m, variant = run.measurement, run.variant
    if run.prediction.clock_bound and not run.prediction.on_knee:
        return Scenario(variant, cores=result.provenance.cores)
    database_s = m.database.cpu_s_per_request if m.database else 0.0
    costs = CpuCosts(m.server.cpu_s_per_request, m.generator.cpu_s_per_request, database_s)
    return Scenario(variant, costs, result.provenance.cores)


def beside(run: Run, result: Result) -> Simulated | None:
    """The outcome that stands beside a captured run: only where nothing measured went into it."""
    played = scenario(run, result)
    return outcome(played) if played and not played.costs else None


def uncovered(run: Run) -> str:
    """What of a run the simulator does not know; "" if there is nothing."""
    v = run.variant
    reasons = {
        "nothing was answered": not run.measurement.throughput_per_s,
        "users arrive on a schedule": v.load.arrivals_per_s > 0,
        "another program takes part": v.app != "main" or bool(v.companion),
        "steps that its declaration leaves to the reader": v.endpoint.module.startswith("capstone"),
        "the server refuses work": v.limit_concurrency is not None,
        "another event loop or parser": v.loop != "uvloop" or v.http != "httptools",
        "a starved load generator": v.generator_cores is not None,
        "slots of the app's own": v.slots > 0,
        "settings that change what a request does": bool(v.settings),
        "a bystander takes its share": v.bystander is not None,
        "requests that the pool gave up on": POOL_GAVE_UP in run.measurement.errors,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)


def own_connections(run: Run) -> tuple[int, ...]:
    """How many users each worker really served, from the answers it counted; () where that cannot be told.

    Workers whose tokens are all busy answer equally often during the load; at its end each still
    answers the users it holds. So the answers of two workers differ by what their users differ.
    """
    m, v = run.measurement, run.variant
    saturated = run.prediction.bound_by == "thread tokens" and v.endpoint.pool == "none"
    if v.workers < 2 or not saturated or m.failed or m.interrupted:
        return ()
    answers = np.array(m.worker_answers)
    held = v.load.vus / v.workers + answers - answers.mean()
    if held.min() < v.thread_tokens:
        return ()
    return tuple(int(users) for users in np.diff(np.floor(np.cumsum(held) + 0.5).astype(int), prepend=0))


@cache
def outcome(scenario: Scenario) -> Simulated:
    """The remembered outcome, or a new simulation."""
    kept = _remembered().get(_key(scenario))
    return simulate(scenario) if kept is None else Simulated(**kept | {"worker_answers": tuple(kept["worker_answers"])})


def document(scenarios: Iterable[Scenario]) -> str:
    """What the file should hold: the outcomes of these scenarios and of no others."""
    kept = {_key(one): asdict(outcome(one)) for one in scenarios}
    rows = ",\n".join(f'"{key}": {json.dumps(kept[key])}' for key in sorted(kept))
    return f'{{"code": "{_code()}",\n"outcomes": {{\n{rows}\n}}}}\n'


@cache
def _remembered() -> dict[str, dict]:  # type: ignore[type-arg]
    try:
        document = json.loads(FILE.read_text(encoding="utf-8"))
        return document["outcomes"] if document["code"] == _code() else {}
    except (OSError, ValueError, KeyError):
        return {}  # missing or damaged: everything is simulated anew


@cache
def _code() -> str:
    folder = Path(__file__).resolve().parents[1] / "runner"
    sources = "".join(normalised((folder / f"{name}.py").read_text(encoding="utf-8")) for name in CODE)
    return hashlib.sha256(sources.encode()).hexdigest()


def _key(scenario: Scenario) -> str:
    return hashlib.sha256(json.dumps(declared(scenario), sort_keys=True).encode()).hexdigest()[:16]
