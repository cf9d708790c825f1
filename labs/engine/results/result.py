"""Everything one `invoke labN` measured: what reports, figures and verdicts read."""

from dataclasses import dataclass
from typing import Literal

from labs.engine.declare.quantities import Seen
from labs.engine.declare.service import Scale, Variant, alike
from labs.engine.harness.provenance import Provenance
from labs.engine.results import noise
from labs.engine.results.measurement import Measurement, ResponseTimes
from labs.engine.results.noise import NoiseFloor
from labs.engine.theory import queueing
from labs.engine.theory.prediction import Prediction

SCHEMA_VERSION: Literal[4] = 4


@dataclass(frozen=True)
class Run:
    """A variant, what was predicted before its load began, and what was measured."""

    variant: Variant
    prediction: Prediction
    measurement: Measurement
    repeat: int

    @property
    def throughput_per_s(self) -> float:
        return self.measurement.throughput_per_s

    @property
    def predicted_per_s(self) -> float | None:
        return self.prediction.throughput_per_s

    @property
    def times(self) -> ResponseTimes:
        """The response times that are shown and judged: of the window, or of the whole run where that is declared.

        A result that lacks the window's times has the whole run's.
        """
        whole, window = self.measurement.response_time_s, self.measurement.window_time_s
        return whole if window is None or self.variant.whole_run_times else window

    @property
    def users_outside(self) -> float | None:
        """N − X·(R̄ + Z) in the window; None in an open model, and of a result that lacks the window's times.

        X is of all requests that ended there, failed ones too: they had held their users as well.
        """
        times, load, window = self.measurement.window_time_s, self.variant.load, self.measurement.window
        if times is None or load.arrivals_per_s is not None or not window.length_s:
            return None
        return queueing.outside(load.vus, times.samples / window.length_s, times.mean, load.think_time_s)


UNENDED = "it had not ended when this was saved"  # `stopped` of a run that goes on, or that was killed
RUNNING = "it's still running"  # the same where the run is known to go on


@dataclass(frozen=True)
class Result:
    """One lab at one scale. `stopped` says why some of its rows are missing; None where none is."""

    lab: int
    slug: str
    scale: Scale
    experiment: bool  # True if the user overrode the lab's own configuration
    repeats: int
    runs: tuple[Run, ...]
    provenance: Provenance
    database_limit_per_s: tuple[float, ...] = ()  # pgbench's, one per repeat
    noise: NoiseFloor | None = None  # what lab 0 had measured on this machine, if it had run
    stopped: str | None = None
    schema_version: int = SCHEMA_VERSION


def by_variant(result: Result) -> dict[str, list[Run]]:
    """The repeats of each row by its name, in the order in which they ran."""
    grouped: dict[str, list[Run]] = {}
    for run in result.runs:
        grouped.setdefault(run.variant.name, []).append(run)
    return grouped


def median_run(runs: list[Run]) -> Run:
    """The repeat with the median throughput (the lower one of two in the middle)."""
    return sorted(runs, key=lambda run: run.throughput_per_s)[(len(runs) - 1) // 2]


def median_runs(result: Result) -> dict[str, Run]:
    """The median repeat of each row by its name."""
    return {name: median_run(runs) for name, runs in by_variant(result).items()}


def repeats(result: Result) -> list[Seen]:
    """One mapping per repeat, from the row's name to what was seen of it."""
    found: dict[int, dict[str, Run]] = {}
    for run in result.runs:
        found.setdefault(run.repeat, {})[run.variant.name] = run
    return [found[key] for key in sorted(found)]


def noise_floor(result: Result) -> NoiseFloor:
    """The noise floor that the identical rows of a result give."""
    runs = ((run.prediction.clock_limited, alike(run.variant), run.throughput_per_s) for run in result.runs)
    return noise.floor(runs, result.provenance.started_at)
