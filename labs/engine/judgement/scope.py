"""Pure: which runs are judged, which are read by a claim, and whether a clock or the CPU decides about them."""

from dataclasses import dataclass, replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine
from labs.engine.results.measurement import Measurement
from labs.engine.results.result import Result, Run


@dataclass(frozen=True)
class Context:
    """One run in its lab, as a guard looks at it."""

    lab: Lab
    result: Result
    run: Run

    @property
    def measured(self) -> Measurement:
        return self.run.measurement

    @property
    def used_cores(self) -> float:
        """By everything that belongs to the run."""
        m = self.measured
        return sum(tree.cpu_cores for tree in (m.server, m.generator, m.database, m.sidecar) if tree)


def as_declared(lab: Lab, result: Result) -> Result:
    """What the lab says of its rows today without changing what runs: a kept result is judged by that."""
    if result.experiment:
        return result
    today = {row.name: row for row in lab.rows(result.scale, Machine(result.provenance.cores))}

    def updated(run: Run) -> Run:
        row = today.get(run.variant.name, run.variant)
        return replace(run, variant=replace(run.variant, judged=row.judged, whole_run_times=row.whole_run_times))

    return replace(result, runs=tuple(map(updated, result.runs)))


def is_judged(run: Run) -> bool:
    """Whether the run is held against its own prediction: where one resource limits it, and a clock decides.

    Where the CPU does, the prediction divides by a cost that moves with what limits: it is shown, not judged.
    """
    limit = run.prediction.limited_by
    return run.variant.judged and limit.only is not None and run.prediction.clock_limited


def is_read(lab: Lab, run: Run) -> bool:
    return any(run.variant.name in check.quantity.reads for check in lab.checks)


def clock_limited(check: Check, result: Result) -> bool:
    """Whether a clock decides a check: unless the lab says so itself, where nothing it reads moves with the CPU."""
    if check.clock_limited is not None:
        return check.clock_limited
    rows = (run for run in result.runs if run.variant.name in check.quantity.reads)
    return not check.quantity.uses_cpu and all(run.prediction.clock_limited for run in rows)


def clock_decides(lab: Lab, result: Result, run: Run) -> bool:
    """Whether a clock limits everything that the run is held against: its prediction and the checks that read it."""
    reading = (check for check in lab.checks if run.variant.name in check.quantity.reads)
    checked = all(clock_limited(check, result) for check in reading)
    return checked and (run.prediction.clock_limited or not is_judged(run))
