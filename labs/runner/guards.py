"""Pure: how closely a run may be judged, and what makes its numbers worthless.

A guard yields the sentence that says what is wrong. Two kinds: after one of `unusable` no verdict is
possible; after one of `disturbed` a failed check proves nothing. Where a clock binds (tokens,
blocking, pools), a disturbance cannot push throughput up to its ceiling, so a passed check stands;
where the CPU binds it can push either way, and the run says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from labs.runner.model import Lab, Result, Run
from labs.runner.words import rate

FEWEST_COMPLETIONS = 30
TAIL_SAMPLES = 10  # beyond a percentile, for it to mean something
BUSY_SHARE = 0.85  # of the machine's cores, by us together: beyond it the CPU is near to binding
OTHERS_SHARE = 0.10  # of the machine's cores, by everything else
CPU_TOLERANCE = 0.25  # CPU costs drift with load and temperature: predictions from them are this coarse
INTERRUPTED_SHARE = 0.01
CLOCK_JUMP_S = 0.1
WIDEST_FLOOR = {True: 0.05, False: 0.25}  # clock-bound, CPU-bound: a noisier machine cannot judge


@dataclass(frozen=True)
class Doubts:
    """`measurement`: the numbers cannot be used. `noise`: they can, but a failed check proves nothing."""

    measurement: tuple[str, ...]
    noise: tuple[str, ...]


def is_judged(run: Run) -> bool:
    """Whether the run is held against its own prediction."""
    return run.variant.judged and run.prediction.forecasts and not run.prediction.on_knee


def tolerance(lab: Lab, run: Run, result: Result) -> float:
    """How far throughput may lie from the prediction, as a share of it.

    The largest of the lab's own (coarse where the CPU binds), twice the machine's noise floor, and
    one wave's share of the window.
    """
    window, clock_bound = run.measurement.window, run.prediction.clock_bound
    wave_share = run.prediction.wave_s / window.length_s if window.length_s else 1.0
    return max(lab.tolerance if clock_bound else CPU_TOLERANCE, 2 * floor(result, clock_bound), wave_share)


def floor(result: Result, clock_bound: bool) -> float:
    """The noise floor that lab 0 measured on this machine, 0 if it has not run there."""
    if result.noise is None:
        return 0.0
    return result.noise.clock_bound if clock_bound else result.noise.cpu_bound


def doubts(lab: Lab, result: Result) -> Doubts:
    """Everything that speaks against the runs that are judged or that a check reads."""
    measurement: list[str] = []
    noise: list[str] = []
    if not result.provenance.system.startswith(lab.only_on):
        measurement.append(f"the claim is about {lab.only_on}, this is {result.provenance.system}")
    for run in result.runs:
        if run.measurement.start_error:
            continue  # allowed to fail, and did: the lab's checks say what that means
        name = run.variant.name
        measurement += [f"{name}: {why}" for why in _unusable(run)]
        if is_judged(run):
            measurement += [f"{name}: {why}" for why in _unsteady(lab, run, result)]
        if is_judged(run) or _is_read(lab, run):
            kind = noise if _clock_decides(lab, run) else measurement
            kind += [f"{name}: {why}" for why in _disturbed(run, result)]
        noise += [f"{name}: {why}" for why in _cut_short(run)]
    measurement += _too_few_for_a_percentile(lab, result)
    return Doubts(tuple(dict.fromkeys(measurement)), tuple(dict.fromkeys(noise)))


def _clock_decides(lab: Lab, run: Run) -> bool:
    """Whether a clock binds everything that the run is held against: its prediction and the checks that read it."""
    checked = all(check.clock_bound for check in lab.checks if run.variant.name in check.needs)
    return checked and (run.prediction.clock_bound or not is_judged(run))


def _is_read(lab: Lab, run: Run) -> bool:
    return any(run.variant.name in check.needs for check in lab.checks)


def _unusable(run: Run) -> Iterator[str]:
    """What no check could be made of, whatever binds."""
    m, variant = run.measurement, run.variant
    if not m.requests or m.failed == m.requests:
        yield "every request failed; see the server's log in the run folder"
    if m.vus_reached < variant.load.vus:
        yield f"k6 reached {m.vus_reached:,} of {variant.load.vus:,} virtual users"
    if m.workers_replaced:
        yield f"{m.workers_replaced} of {variant.workers} workers died during the load"
    if m.k6_exit:
        yield f"k6 ended with status {m.k6_exit}"
    if m.dropped:
        yield f"the load generator was saturated: it dropped {m.dropped:,} iterations"
    if m.clock_jump_s > CLOCK_JUMP_S:
        yield f"the clock jumped by {m.clock_jump_s:.1f} s, or the machine was suspended: run it again"


def _unsteady(lab: Lab, run: Run, result: Result) -> Iterator[str]:
    """What a comparison with the prediction needs: enough completions, and as many in each half."""
    m = run.measurement
    if m.window.completions < FEWEST_COMPLETIONS:
        yield f"{m.window.completions} completions in the window are too few; raise --hold"
        return
    # one wave more in one half is only counting
    allowed = tolerance(lab, run, result) + 2 * run.prediction.wave_s / m.window.length_s
    if abs(m.window.first_half_per_s - m.window.second_half_per_s) > allowed * m.throughput_per_s:
        halves = f"{rate(m.window.first_half_per_s)}/s and {rate(m.window.second_half_per_s)}/s"
        yield f"never steady, the halves of the window ran at {halves}"
    if (noise := floor(result, run.prediction.clock_bound)) > WIDEST_FLOOR[run.prediction.clock_bound]:
        yield f"identical runs lie ±{noise:.0%} apart on this machine (lab 0): close other programs, invoke lab0"


def _disturbed(run: Run, result: Result) -> Iterator[str]:
    """What may have changed the throughput besides the resource that the lab is about."""
    m, cores = run.measurement, result.provenance.cores
    # --8<-- [start:saturated]
    granted = min(cores, float(result.provenance.environment.get("GOMAXPROCS", cores)))
    if m.generator.cpu_cores > BUSY_SHARE * granted and run.variant.generator_cores is None:
        yield f"the load generator was saturated: it used {m.generator.cpu_cores:.2f} of {granted:g} cores"
    # --8<-- [end:saturated]
    used = sum(tree.cpu_cores for tree in (m.server, m.generator, m.database, m.companion) if tree)
    expected = run.prediction.bound_by == "shared cores" or not is_judged(run)
    if used > BUSY_SHARE * cores and not expected:
        yield f"our processes used {used:.2f} of {cores:g} cores, so the CPU limits it too"
    # where a clock binds, others disturb only by leaving too little
    short = not run.prediction.clock_bound or used + m.other_cpu_cores > BUSY_SHARE * cores
    if m.other_cpu_cores > OTHERS_SHARE * cores and short:
        yield f"other programs used {m.other_cpu_cores:.2g} of {cores:g} cores: close them"


def _cut_short(run: Run) -> Iterator[str]:
    """Requests that k6 gave up on, where every user should have been answered within the graceful stop."""
    m, load = run.measurement, run.variant.load
    drains = m.throughput_per_s > 0 and load.vus / m.throughput_per_s <= load.graceful_stop_s
    if drains and m.interrupted > INTERRUPTED_SHARE * m.requests:
        yield f"more than {INTERRUPTED_SHARE:.0%} of the requests were interrupted, and are missing in the percentiles"


def _too_few_for_a_percentile(lab: Lab, result: Result) -> Iterator[str]:
    for check in lab.checks:
        for run in result.runs:
            if check.percentile is None or run.variant.name not in check.needs:
                continue
            samples = run.measurement.response_time_s.samples
            if samples * (1 - check.percentile / 100) < TAIL_SAMPLES:
                yield f"{run.variant.name}: {samples:,} samples are too few for a p{check.percentile:g}; raise --hold"
