"""What `invoke judge` does: plan, read what came back, predict, measure, judge. The engine's own laws and guards."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from labs import catalog
from labs.elsewhere import brought, settings, written
from labs.elsewhere.brought import Watched
from labs.elsewhere.watch import Where
from labs.engine.declare.lab import Lab
from labs.engine.errors import UsageError
from labs.engine.harness import load, provenance
from labs.engine.harness.commands import commands
from labs.engine.harness.plan import Plan
from labs.engine.harness.provenance import Provenance
from labs.engine.judgement.verdict import judge
from labs.engine.results import store
from labs.engine.results.measure import measure
from labs.engine.results.records import read_requests
from labs.engine.results.result import Result, Run
from labs.engine.results.runs import RESULT_NAME
from labs.engine.run import costs_of
from labs.engine.show import terminal
from labs.engine.theory.prediction import CpuCosts, predict

GENERATORS = "the generators' CPU wasn't measured: a runner that used more than 85% of its core measured itself"


def result_of(folder: Path) -> tuple[Lab, Result, list[str]]:
    """The lab, its result as it came back, and what nobody could see of it.

    Rows that didn't come back make it a run that was stopped. Raises UsageError where none did.
    """
    note, planned = written.read(folder)
    cores = note.asked.cores
    results = folder / written.RESULTS
    runs: list[Run] = []
    missing: str | None = None
    costs: CpuCosts | None = None
    where: Where | None = None
    began_s, unseen = 0.0, set[str]()
    for row, variant, repeat in written.rows(planned):
        seen = brought.watched(results, row)
        with tempfile.TemporaryDirectory() as place:
            try:
                parts = brought.gathered(results, row, planned.generators, Path(place))
            except UsageError as error:
                missing = missing or str(error)
                continue
            if seen:
                seen = seen.between(*_ran(parts))
            is_baseline = variant.name == planned.lab.baseline
            known = None if is_baseline else costs
            prediction = predict(variant, cores, known, is_baseline)
            measurement = measure(variant, prediction.wave_s, brought.raw_run(parts, variant, seen))
            runs.append(Run(variant, prediction, measurement, repeat))
            if is_baseline and measurement.server.cpu_cores:
                costs = costs_of(variant, measurement)
            where, began_s = (seen.where if seen else where), began_s or _ran(parts)[0]
            unseen |= _unseen(results, row, planned.generators, seen)
    if not runs:
        raise UsageError(missing or f"{results} holds nothing")
    result = Result(
        lab=planned.lab.number,
        slug=planned.lab.slug,
        scale=planned.scale,
        experiment=planned.experiment,
        repeats=planned.repeats,
        runs=tuple(runs),
        provenance=_provenance(planned, cores, where, began_s),
        stopped=missing,
    )
    return planned.lab, result, [GENERATORS, *sorted(unseen)]


def _ran(parts: tuple[Path, ...]) -> tuple[float, float]:
    """When the first request was sent and the last one ended, seconds since the epoch."""
    sent = [read_requests(place / load.REQUESTS) for place in parts]
    some = [one for one in sent if len(one.ended_s)]
    if not some:
        return 0.0, 0.0
    return min(float((one.ended_s - one.duration_s).min()) for one in some), max(float(one.ended_s[-1]) for one in some)


def _unseen(results: Path, row: str, generators: int, seen: Watched | None) -> set[str]:
    """What the engine's guards would look at and nothing here tells."""
    consoles = [results / settings.console_name(settings.runner(row, one)) for one in range(1, generators + 1)]
    found = set()
    if not all(path.exists() for path in consoles):
        found.add("interrupted requests weren't counted: a runner's log is missing")
    if seen is None or not seen.seconds:
        found.add("the service wasn't watched: its CPU, its workers and its server metrics aren't known")
    return found


def _provenance(planned: Plan, cores: float, where: Where | None, began_s: float) -> Provenance:
    """As the harness notes it, with the service's machine instead of this one."""
    here = provenance.collect(planned.variants, commands(planned.variants[0], settings.PORTS), planned.generators)
    return Provenance(
        fingerprint=here.fingerprint,
        commit=here.commit,
        dirty=here.dirty,
        started_at=datetime.fromtimestamp(began_s, UTC).isoformat(timespec="seconds"),
        versions=here.versions,
        cpu=where.cpu if where else "not known",
        cores=cores,
        memory_bytes=where.memory_bytes if where else 0,
        system=where.system if where else "not known",
        server_argv=("python", *settings.in_a_pod(commands(planned.variants[0], settings.PORTS).server)[1:]),
        generator_argv=here.generator_argv,
        environment={**here.environment, "GOMAXPROCS": settings.cpu(settings.RUNNER_CORES)},
    )


def show(folder: Path, as_json: bool) -> int:
    """Print the result and its verdict, keep it in the folder, and return the exit status."""
    lab, result, unseen = result_of(folder)
    store.save(result, folder / RESULT_NAME)
    for one in unseen:
        terminal.err.print(f"note: {one}", soft_wrap=True)
    place = catalog.folder(lab)
    reference = store.reference(place, result.scale) or store.reference(place, "post")
    return terminal.show_result(lab, result, judge(lab, result), reference, as_json, ran_here=False)
