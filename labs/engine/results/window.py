"""Pure: where throughput is counted. One rule for what k6 measured and for what a simulation did."""

import numpy as np
import numpy.typing as npt

from labs.engine.declare.service import Load
from labs.engine.results.measurement import Window

Floats = npt.NDArray[np.float64]

CERTAIN = 0.0025  # of the mean: a smaller standard error is worth no further wave
SLICES = 20  # a wave is cut into this many slices to find its quietest moment


def steady_window(completed_s: Floats, load: Load, service_time_s: float, wave_s: float) -> Window:
    """Where throughput is counted: whole waves inside the steady phase, after the first full one and after start-up.

    completed_s: when each expected response completed, seconds from the start of the load, sorted.
    Completions come in bursts one wave apart, so an edge that cuts through a burst miscounts by up
    to a whole one: both edges lie at the phase of the wave where the fewest completions fall. The
    waves that `start_up` finds are left out. The number of waves is even, so that each half holds
    the same number.
    """
    end_s = load.ramp_s + load.steady_s
    earliest_s = min(load.ramp_s + max(service_time_s, wave_s), end_s / 2)
    room_s = end_s - earliest_s
    if wave_s <= 0 or room_s < 3 * wave_s:
        start_s, length_s, waves, skipped = earliest_s, room_s, 0, 0
    else:
        phase = ((completed_s[completed_s >= earliest_s] - earliest_s) % wave_s) / wave_s
        counts, _ = np.histogram(phase, bins=SLICES, range=(0.0, 1.0))
        start_s = earliest_s + wave_s * quietest(counts)
        whole = int((end_s - start_s) / wave_s + 1e-9)
        per_wave, _ = np.histogram(completed_s, bins=whole, range=(start_s, start_s + whole * wave_s))
        skipped = min(start_up(per_wave), whole - 2)  # two waves are left, one for each half
        start_s += skipped * wave_s
        waves = (whole - skipped) // 2 * 2
        length_s = waves * wave_s
    middle_s = start_s + length_s / 2
    halves = [
        int(np.count_nonzero(within(completed_s, *edges)))
        for edges in ((start_s, middle_s), (middle_s, start_s + length_s))
    ]
    first_per_s, second_per_s = (count / (length_s / 2) for count in halves)
    return Window(start_s, length_s, waves, sum(halves), first_per_s, second_per_s, skipped)


def start_up(per_wave: npt.NDArray[np.int64]) -> int:
    """How many waves to leave out at the beginning: the fewest that make the rest's mean most certain.

    per_wave: completions of each wave. Minimises the marginal standard error Σ(yᵢ − ȳ)² / k² of the
    k waves that are kept; at least half of them are, and once it is CERTAIN no more are given up.
    Source: MSER, K. P. White, "An Effective Truncation Heuristic for Bias Reduction in Simulation
    Output", Simulation 69(6), 1997.
    """
    waves, mean = len(per_wave), float(np.mean(per_wave))
    kept = [per_wave[d:] for d in range(waves // 2 + 1)]
    errors = [max(float(np.var(k)) / len(k), (CERTAIN * mean) ** 2) for k in kept]
    return int(np.argmin(errors))


def quietest(counts: npt.NDArray[np.int64]) -> float:
    """The middle of the longest stretch of emptiest slices, round the circle, as a share of it."""
    slices = len(counts)
    low = counts <= counts.min()
    if low.all():
        return 0.0
    best, length = 0, 0
    for start in range(slices):
        run = 0
        while run < slices and low[(start + run) % slices]:
            run += 1
        if run > length:
            best, length = start, run
    return float((best + length / 2) / slices % 1.0)


def within(times: Floats, start: float, end: float) -> npt.NDArray[np.bool_]:
    return (times >= start) & (times < end)
