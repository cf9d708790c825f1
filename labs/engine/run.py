"""Runs one lab; read it down: plan, predict, run, measure, judge, show. The only module that knows all the stages."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from labs.engine import paths
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness import (
    commands,
    fingerprint,
    k6,
    load,
    machine,
    pgbench,
    plan,
    ports,
    postgres,
    preflight,
    provenance,
)
from labs.engine.harness.commands import Ports
from labs.engine.harness.lock import exclusive_lock, measuring, serving
from labs.engine.harness.overrides import Options
from labs.engine.harness.plan import Plan
from labs.engine.harness.processes import Watchdog, watched
from labs.engine.harness.progress import Progress as HarnessProgress
from labs.engine.harness.provenance import Provenance
from labs.engine.harness.server import Server
from labs.engine.harness.signals import unwinding
from labs.engine.harness.trial import run_variant, served
from labs.engine.judgement.guards import OTHERS_SHARE
from labs.engine.judgement.verdict import judge
from labs.engine.results import noise, runs, store
from labs.engine.results.measure import measure
from labs.engine.results.measurement import Measurement
from labs.engine.results.result import UNENDED, Result, Run, noise_floor
from labs.engine.show import terminal
from labs.engine.theory.prediction import CpuCosts, Prediction, predict


class Progress(HarnessProgress, Protocol):
    """What a run tells whoever watches it: `labs/engine/show/progress.py` shows it."""

    def note(self, text: str) -> None: ...

    def predicted(self, variant: Variant, prediction: Prediction, position: str) -> None: ...

    def measured(self, variant: Variant, prediction: Prediction, measurement: Measurement) -> None: ...


class Live(Progress, AbstractContextManager["Live"], Protocol):
    """Progress that is shown while a block runs."""


def invoke_lab(
    lab: Lab, options: Options, dashboard: bool, reference: Result | None, as_json: bool, progress: Live
) -> tuple[int, Path]:
    """What `invoke labN` does; returns its exit status and the run's folder. Raises UsageError."""
    planned = plan.make_plan(lab, options, dashboard)
    with progress:
        result, folder = run_lab(planned, progress)
    verdict = judge(lab, result)
    return terminal.show_result(lab, result, verdict, reference, as_json), folder


def run_lab(planned: Plan, progress: Progress) -> tuple[Result, Path]:
    """Run every variant `repeats` times, interleaved (A B A B …); returns the result and its folder.

    The result is saved after every variant: whatever ends a run, what it had measured is kept, marked as
    stopped. Raises UsageError for what the machine or the user must fix.
    """
    with exclusive_lock(planned.port), unwinding(), watched() as watchdog:
        chosen = _check(planned, progress)
        first = commands.commands(planned.variants[0], chosen)
        origin = provenance.collect(planned.variants, first, planned.generators)
        folder = runs.new_folder(origin.started_at, planned.name, planned.scale)
        done = _Done(planned, origin, folder)
        with _kept(done):
            for repeat in range(planned.repeats):
                for variant, started in planned.pairs(repeat):
                    prediction = predict(variant, origin.cores, done.costs_for(variant), done.is_baseline(variant))
                    progress.predicted(variant, prediction, done.position())
                    place = done.folder_for(variant)
                    raw = run_variant(watchdog, started, chosen, place, planned.dashboard, progress, planned.generators)
                    measurement = measure(variant, prediction.wave_s, raw)
                    progress.measured(variant, prediction, measurement)
                    done.add(Run(variant, prediction, measurement, repeat))
                if planned.lab.pgbench:
                    progress.stage("pgbench: the database's own limit")
                    done.database_limits.append(_database_limit(watchdog, planned, folder))
        result = done.save()
        if planned.lab.measures_noise:
            if doubt := _no_noise_floor(planned, result):
                progress.note(f"no noise floor is kept of this run: {doubt}")
            else:
                noise.keep(machine.key(), noise_floor(result))
        return result, folder


def _check(planned: Plan, progress: Progress) -> Ports:
    """Everything that can be known to fail before anything is started or predicted. Raises UsageError."""
    limits = plan.limits()
    preflight.check(planned.variants, limits, planned.generators)
    chosen = ports.choose(planned.variants, planned.port)
    k6.check(fingerprint.pinned_versions()["k6"])
    if wanted := [variant.connections_wanted for variant in planned.variants if variant.needs_database]:
        postgres.check_external(max(wanted))
    rows, takes_s = planned.total, plan.about_s(planned, machine.cores())
    takes = f"{takes_s:.0f} s" if takes_s < 100 else f"{takes_s / 60:.0f} minutes"
    progress.note(f"{rows} run{'s' if rows > 1 else ''}, about {takes}")
    if planned.dashboard:
        progress.note(f"k6's dashboard, while a load runs: {load.DASHBOARD_URL}")
    for note in (*planned.notes, *preflight.notes(planned.variants, limits)):
        progress.note(note)
    return chosen


@dataclass
class _Done:
    """What has been run so far, and where it is kept."""

    planned: Plan
    origin: Provenance
    folder: Path
    measured: list[Run] = field(default_factory=list)
    database_limits: list[float] = field(default_factory=list)
    costs: CpuCosts | None = None  # of the baseline, once it has run

    def is_baseline(self, variant: Variant) -> bool:
        return variant.name == self.planned.lab.baseline

    def costs_for(self, variant: Variant) -> CpuCosts | None:
        return None if self.is_baseline(variant) else self.costs

    def position(self) -> str:
        return f"{len(self.measured) + 1} of {self.planned.total}"

    def folder_for(self, variant: Variant) -> Path:
        name = re.sub(r"[^A-Za-z0-9]+", "-", variant.name).strip("-")
        place = self.folder / f"{len(self.measured) + 1:02d}-{name}"
        place.mkdir()
        return place

    def add(self, run: Run) -> None:
        self.measured.append(run)
        if self.is_baseline(run.variant):
            self.costs = costs_of(run.variant, run.measurement)
        self.save(stopped=UNENDED)

    def save(self, stopped: str | None = None) -> Result:
        """Write what there is to the run's folder, and return it."""
        planned = self.planned
        result = Result(
            lab=planned.lab.number,
            slug=planned.lab.slug,
            scale=planned.scale,
            experiment=planned.experiment,
            repeats=planned.repeats,
            runs=tuple(self.measured),
            provenance=self.origin,
            database_limit_per_s=tuple(self.database_limits),
            noise=None if planned.lab.measures_noise else noise.known().get(machine.key()),
            stopped=stopped,
        )
        store.save(result, self.folder / runs.RESULT_NAME)
        return result


@contextmanager
def _kept(done: _Done) -> Iterator[None]:
    """Whatever ends the block, what was measured is kept with the reason; the error's message says where."""
    try:
        yield
    except UsageError as error:
        if not done.measured:
            raise
        done.save(stopped=str(error))
        raise UsageError(f"{error}. {_kept_where(done)}") from error
    except (KeyboardInterrupt, SystemExit) as error:
        if not done.measured:
            raise
        done.save(stopped="interrupted")
        if isinstance(error, SystemExit):
            raise
        raise KeyboardInterrupt(_kept_where(done)) from error


def _kept_where(done: _Done) -> str:
    kept = f"{len(done.measured)} of {done.planned.total} rows are kept"
    return f"{kept}: invoke show --lab {done.planned.lab.number}"


def costs_of(variant: Variant, measurement: Measurement) -> CpuCosts:
    """What a request costs besides what the variant computes: variants that compute more or less can use it."""
    database = measurement.database
    return CpuCosts(
        max(0.0, measurement.server.cpu_s_per_request - variant.computing_time_s - variant.slot_computing_time_s),
        measurement.generator.cpu_s_per_request,
        database.cpu_s_per_request if database else 0.0,
    )


def _no_noise_floor(planned: Plan, result: Result) -> str | None:
    """Why a run gives no noise floor: a disturbed one would pass its disturbance on to every later verdict."""
    if planned.experiment or planned.generators > 1:
        return "these aren't the lab's own settings"
    most = OTHERS_SHARE * result.provenance.cores
    if any(one.measurement.other_cpu_cores > most for one in result.runs):
        return f"other programs used more than {most:.2g} cores, so close them and run it again"
    return "it's inconclusive" if judge(planned.lab, result).outcome == "inconclusive" else None


def _database_limit(watchdog: Watchdog, planned: Plan, folder: Path) -> float:
    """pgbench with as many clients as the first database variant's pools hold connections."""
    variant = next(v for v in planned.variants if v.pool is not None)
    assert variant.pool is not None
    clients = variant.workers * variant.pool.size
    with postgres.running(watchdog, folder / "pgbench.log", clients + 20) as database:
        return pgbench.transactions_per_s(database, clients, 1 if planned.scale == "smoke" else 10, folder)


@contextmanager
def serve_lab(planned: Plan) -> Iterator[Server]:
    """Only what the plan's first variant starts besides its load, for a reader's own requests.

    Once it serves, an attached diagnosis may measure it.
    """
    variant = planned.variants[0]
    with serving(planned.port), unwinding(), watched() as watchdog, ExitStack() as started:
        with measuring(planned.port):
            machine.raise_descriptor_limit()
            chosen = ports.choose([variant], planned.port)
            server = started.enter_context(served(watchdog, variant, chosen, paths.runs() / "app"))
        yield server
