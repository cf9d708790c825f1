"""What the simulator says of a captured run, remembered in a committed file: pages render in a second.

Simulating every capture takes some minutes. `simulated.json` keeps each outcome under a key made of the
scenario, and all of them under a fingerprint of the simulator's code: what changed is simulated again.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache

import numpy as np

from labs.engine.declare.service import Request
from labs.engine.harness.fingerprint import declared, normalised
from labs.engine.paths import DOCS, ROOT
from labs.engine.results.result import Result, Run
from labs.engine.theory.prediction import CpuCosts, Resource
from labs.simulator.simulate import Scenario, Simulated, simulate

FILE = DOCS / "data" / "simulated.json"
POOL_GAVE_UP = "1503"  # k6's code of a 503
CODE = (
    "labs/simulator/simulate.py",
    "labs/simulator/users.py",
    "labs/simulator/service.py",
    "labs/simulator/request.py",
    "labs/engine/results/window.py",
    "labs/engine/theory/connecting.py",
    "labs/engine/theory/queueing.py",
    "labs/engine/theory/prediction.py",
)


def scenario(run: Run, result: Result) -> Scenario | None:
    """How a captured run is simulated; None where the simulator has nothing to say.

    Where a clock binds nothing that was measured goes in. Elsewhere the CPU that a request cost does.
    """
    if uncovered(run):
        return None
    m, variant = run.measurement, run.variant
    if run.prediction.clock_limited and not run.prediction.limited_by.on_knee:
        return Scenario(variant, cores=result.provenance.cores)
    database_s = m.database.cpu_s_per_request if m.database else 0.0
    costs = CpuCosts(m.server.cpu_s_per_request, m.generator.cpu_s_per_request, database_s)
    return Scenario(variant, costs, result.provenance.cores)


def beside(run: Run, result: Result) -> Simulated | None:
    """The outcome that stands beside a captured run: only where nothing measured went into it."""
    simulates = scenario(run, result)
    return outcome(simulates) if simulates and not simulates.costs else None


def uncovered(run: Run) -> str:
    """What of a run the simulator does not know; empty if there is nothing."""
    v = run.variant
    reasons = {
        "nothing completed": not run.throughput_per_s,
        "users arrive on a schedule": v.load.arrivals_per_s is not None,
        "users pause at random": v.load.pauses != "constant",
        "requests of several kinds": v.request != Request(),
        "another program takes part": v.app != "main" or v.sidecar is not None,
        "steps that its declaration leaves to the reader": v.endpoint.module.startswith("capstone"),
        "the server refuses work": v.uvicorn.limit_concurrency is not None,
        "a keep-alive or shutdown of its own": v.uvicorn.timeout_keep_alive_s is not None
        or v.uvicorn.timeout_graceful_shutdown_s is not None,
        "the server is restarted": v.restart is not None,
        "another event loop or parser": v.uvicorn.loop != "uvloop" or v.uvicorn.http != "httptools",
        "a starved load generator": v.generator_cores is not None,
        "slots of the app's own": bool(v.slots),
        "settings that change what a request does": bool(v.settings),
        "a probe takes its share": v.probe is not None,
        "requests that were refused, or that the pool gave up on": POOL_GAVE_UP in run.measurement.errors,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)


def own_connections(run: Run) -> tuple[int, ...]:
    """How many users each worker really served, from the responses it counted; () where that cannot be told.

    Workers whose tokens are all busy respond equally often during the load; at its end each still
    responds to the users it holds. So the responses of two workers differ by what their users differ.
    """
    m, v = run.measurement, run.variant
    saturated = run.prediction.limited_by.only == Resource.TOKENS and not v.needs_database
    if v.workers < 2 or not saturated or m.failed or m.interrupted:
        return ()
    responses = np.array(m.worker_responses)
    held = v.load.vus / v.workers + responses - responses.mean()
    if held.min() < v.thread_tokens:
        return ()
    return tuple(int(users) for users in np.diff(np.floor(np.cumsum(held) + 0.5).astype(int), prepend=0))


@cache
def outcome(scenario: Scenario) -> Simulated:
    """The remembered outcome, or a new simulation."""
    kept = _remembered().get(_key(scenario))
    if kept is None:
        return simulate(scenario)
    return Simulated(**kept | {"worker_responses": tuple(kept["worker_responses"])})


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
        return {}  # missing or damaged: everything is simulated again


@cache
def _code() -> str:
    sources = "".join(normalised((ROOT / name).read_text(encoding="utf-8")) for name in CODE)
    return hashlib.sha256(sources.encode()).hexdigest()


def _key(scenario: Scenario) -> str:
    return hashlib.sha256(json.dumps(declared(scenario), sort_keys=True).encode()).hexdigest()[:16]
