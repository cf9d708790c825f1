"""Pure: the noise floor of a machine, from runs that differ in nothing but their name."""

from collections import defaultdict
from dataclasses import replace
from statistics import median

from labs.runner.model import NoiseFloor, Result, Variant


def floor(result: Result) -> NoiseFloor:
    """The farthest that runs of one configuration lie from their middle, (max − min) / 2 / median.

    Of runs bound by a clock (tokens, blocking, pools) and by the CPU apart; 0 where none ran twice.
    """
    alike: dict[tuple[bool, Variant], list[float]] = defaultdict(list)
    for run in result.runs:
        configuration = replace(run.variant, name="", source=None)
        alike[run.prediction.clock_bound, configuration].append(run.measurement.throughput_per_s)
    spreads: dict[bool, float] = {True: 0.0, False: 0.0}
    for (clock_bound, _), values in alike.items():
        spreads[clock_bound] = max(spreads[clock_bound], (max(values) - min(values)) / 2 / median(values))
    return NoiseFloor(round(spreads[True], 4), round(spreads[False], 4), result.provenance.started_at)
