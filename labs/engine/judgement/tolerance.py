"""Pure: how far throughput may lie from its prediction."""

from labs.engine.declare.lab import Lab
from labs.engine.results.result import Result, Run

CPU_TOLERANCE = 0.25  # CPU costs drift with load and temperature: predictions from them are this coarse


def tolerance(lab: Lab, run: Run, result: Result) -> float:
    """As a share of the prediction: the largest of the lab's own (coarse where the CPU limits), twice the
    machine's noise floor, and one wave's share of the window.
    """
    window, clock_limited = run.measurement.window, run.prediction.clock_limited
    wave_share = run.prediction.wave_s / window.length_s if window.length_s else 1.0
    noise = result.noise.of(clock_limited) if result.noise else 0.0
    return max(lab.tolerance if clock_limited else CPU_TOLERANCE, 2 * noise, wave_share)
