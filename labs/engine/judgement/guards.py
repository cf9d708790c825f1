"""Pure: what makes a run's numbers worthless. A new guard begins here, as one more member of `Guard`.

A guard yields the sentence that says what is wrong, and its row on the page "What each number means".
Where a clock limits (tokens, blocking, pools), a disturbance cannot push throughput up to its ceiling,
so a passed check stands; where the CPU limits it can push either way, and the run says nothing.

Longer than other modules so that a guard is one place: its sentence, its limit and its row stand together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from math import ceil

from labs.engine.formatting import rate
from labs.engine.judgement.scope import Context, is_judged
from labs.engine.judgement.tolerance import WIDEST
from labs.engine.results.result import Run
from labs.engine.theory.prediction import Resource

FEWEST_COMPLETIONS = 30
FEWEST_WAVES = 8  # completions come in waves: one more or less must not decide
OUTSIDE_SHARE = 0.05  # of the users, whom no response in the window accounts for
GAVE_UP_SHARE = 0.01
TAIL_SAMPLES = 10  # beyond a percentile, for it to mean something
BUSY_SHARE = 0.85  # of the machine's cores, by us together: beyond it the CPU is near to limiting
OTHERS_SHARE = 0.10  # of the machine's cores, by everything else
INTERRUPTED_SHARE = 0.01
LATE_SHARE = 0.05  # of the window, which a generator may miss while its users start
CLOCK_JUMP_S = 0.1
WIDEST_FLOOR = 0.05  # a machine on which identical clock-limited runs lie further apart cannot judge


class When(Enum):
    """Which runs a guard looks at, and what it means when it trips."""

    ALWAYS = "always"
    JUDGED = "where a prediction is judged"
    READ = "where a claim reads it"
    DISTURBANCE = "a disturbance"
    EXCUSE = "excuses a failed check"


@dataclass(frozen=True)
class Rule:
    """seen: the row's first cell, its limit included; finds: the sentence, or None where all is well."""

    seen: str
    when: When
    finds: Callable[[Context], str | None]


# --- what no check could be made of ---------------------------------------------------------


def _other_system(c: Context) -> str | None:
    wanted, system = c.lab.only_on, c.result.provenance.system
    return f"the claim is about {wanted}, this is {system}" if wanted and not system.startswith(wanted) else None


def _all_failed(c: Context) -> str | None:
    m = c.measured
    if m.requests and m.failed < m.requests:
        return None
    hint = " with a 404: is its router listed in app/routes.py?" if "1404" in m.errors else ""
    return f"every request failed{hint}; see the server's log in the run folder"


def _users_missing(c: Context) -> str | None:
    reached, wanted = c.measured.vus_reached, c.run.variant.load.vus
    return f"k6 reached {reached:,} of {wanted:,} virtual users" if reached < wanted else None


def _restart_unfinished(c: Context) -> str | None:
    planned, came = c.run.variant.restart, c.measured.restart
    if planned is None or (came is not None and came.start_s is not None):
        return None
    return "the planned restart had not ended when the load did; raise --steady"


def _workers_died(c: Context) -> str | None:
    gone = c.measured.workers_replaced
    return f"{gone} of {c.run.variant.workers} workers died during the load" if gone else None


def _k6_failed(c: Context) -> str | None:
    return f"k6 ended with status {c.measured.k6_exit}" if c.measured.k6_exit else None


def _dropped(c: Context) -> str | None:
    dropped = c.measured.dropped
    return f"the load generator was saturated: it dropped {dropped:,} iterations" if dropped else None


def _clock_jumped(c: Context) -> str | None:
    jump_s = c.measured.clock_jump_s
    if jump_s <= CLOCK_JUMP_S:
        return None
    return f"the clock jumped by {jump_s:.1f} s, or the machine was suspended: run it again"


# --- what a comparison with the prediction needs --------------------------------------------


def _too_few_completions(c: Context) -> str | None:
    found = c.measured.window.completions
    if found >= FEWEST_COMPLETIONS:
        return None
    per_s = max(c.measured.throughput_per_s, (found or 1) / c.run.variant.load.steady_s)
    return f"{found} completions in the window are too few; {_longer(c, FEWEST_COMPLETIONS / per_s)}"


def _too_few_waves(c: Context) -> str | None:
    wave_s, found = c.run.prediction.wave_s, c.measured.window.waves
    at_random = c.run.variant.load.pauses != "constant"  # then completions don't come in waves
    if not wave_s or at_random or found >= FEWEST_WAVES or c.measured.window.completions < FEWEST_COMPLETIONS:
        return None
    skipped = c.measured.window.skipped_waves
    return f"the window holds {found} waves of {wave_s:g} s, too few; {_longer(c, (FEWEST_WAVES + skipped) * wave_s)}"


def _longer(c: Context, window_s: float) -> str:
    """The --steady that leaves a window so long after the first wave, and the one its edges are moved by."""
    wave_s = c.run.prediction.wave_s
    return f"raise --steady to {ceil(window_s + max(c.run.variant.service_time_s, wave_s) + 2 * wave_s)}"


def _never_steady(c: Context) -> str | None:
    window = c.measured.window
    if window.completions < FEWEST_COMPLETIONS or _too_few_waves(c):
        return None
    one_wave = 2 * c.run.prediction.wave_s / window.length_s  # as a share of a half, which may have one more or less
    if abs(window.first_half_per_s - window.second_half_per_s) <= max(WIDEST, one_wave) * c.measured.throughput_per_s:
        return None
    halves = f"{rate(window.first_half_per_s)}/s and {rate(window.second_half_per_s)}/s"
    return f"never steady, the halves of the window ran at {halves}"


def _noisy_machine(c: Context) -> str | None:
    noise = c.result.noise.clock_limited if c.result.noise else 0.0
    if noise <= WIDEST_FLOOR:
        return None
    return f"identical runs lie ±{noise:.0%} apart on this machine (lab 0): close other programs, invoke lab0"


def _few_samples(c: Context) -> str | None:
    read = [check.quantity for check in c.lab.checks if c.run.variant.name in check.quantity.reads]
    highest = max((quantity.percentile for quantity in read if quantity.percentile is not None), default=None)
    samples = c.run.times.samples
    if highest is None or samples * (1 - highest / 100) >= TAIL_SAMPLES:
        return None
    return f"{samples:,} samples are too few for a p{highest:g}; raise --steady"


def _users_outside(c: Context) -> str | None:
    read = [check.quantity for check in c.lab.checks if c.run.variant.name in check.quantity.reads]
    if all(quantity.percentile is None for quantity in read) or not (missed := users_missed(c.run)):
        return None
    vus = c.run.variant.load.vus
    return f"{missed:,.0f} of {vus:,} users are in no response time of the window, so its percentiles miss the slowest"


def users_missed(run: Run) -> float:
    """Users whom the shown percentiles leave out, who would be the slowest; 0 where they are few.

    Less than one user is within the measurement's error.
    """
    outside, vus = run.users_outside, run.variant.load.vus
    if run.variant.whole_run_times or outside is None or outside <= max(1.0, OUTSIDE_SHARE * vus):
        return 0.0
    return outside


# --- what may have changed the throughput besides the resource that the lab is about --------


def _generator_saturated(c: Context) -> str | None:
    # --8<-- [start:saturated]
    cores, several = c.result.provenance.cores, c.measured.generators
    granted = min(cores, float(c.result.provenance.environment.get("GOMAXPROCS", cores)))  # to each k6 process
    together = c.measured.generator.cpu_cores
    used = max((one.cpu_cores or 0.0 for one in several), default=together)
    if used > BUSY_SHARE * granted and c.run.variant.generator_cores is None:
        which = f"the busiest of {len(several)} load generators" if several else "the load generator"
        return f"{which} was saturated: it used {used:.2f} of {granted:g} cores"
    # --8<-- [end:saturated]
    if several and together > BUSY_SHARE * cores:
        return (
            f"the {len(several)} load generators were saturated: together they used {together:.2f} of {cores:g} cores"
        )
    return None


def _generator_late(c: Context) -> str | None:
    """A part of the load that was still starting in the window: its users or arrivals are missing there."""
    window, several = c.measured.window, c.measured.generators
    ramped_s = window.start_s - c.run.variant.load.ramp_s
    patience_s = ramped_s + LATE_SHARE * window.length_s
    for number, one in enumerate(several, 1):
        if one.began_s is None:
            return f"generator {number} of {len(several)} sent no request"
        if one.began_s > patience_s:
            return f"generator {number} of {len(several)} began {one.began_s:.1f} s after the first"
    return None


def _cpu_limits(c: Context) -> str | None:
    cores, used = c.result.provenance.cores, c.used_cores
    expected = c.run.prediction.limited_by.only == Resource.SHARED_CORES or not is_judged(c.run)
    if used <= BUSY_SHARE * cores or expected:
        return None
    return f"our processes used {used:.2f} of {cores:g} cores, so the CPU limits it too"


def _others_disturb(c: Context) -> str | None:
    cores, others = c.result.provenance.cores, c.measured.other_cpu_cores
    # where a clock limits, others disturb only by leaving too little
    short = not c.run.prediction.clock_limited or c.used_cores + others > BUSY_SHARE * cores
    if others <= OTHERS_SHARE * cores or not short:
        return None
    return others_used(others, cores)


def others_used(used: float, cores: float) -> str:
    """What a diagnosis says as well: cores that programs used which are no part of the measurement."""
    return f"other programs used {used:.2g} of {cores:g} cores: close them"


def _gave_up(c: Context) -> str | None:
    """Requests whose client had left: the service works on for them, and it counts for nothing."""
    m, load = c.measured, c.run.variant.load
    share = m.response_time_s.timed_out / m.requests if m.requests else 0.0
    if not is_judged(c.run) or share <= GAVE_UP_SHARE:
        return None
    return (
        f"{share:.0%} of the requests gave up after {load.timeout_s:g} s, and the ceiling of what is left is lower; "
        "raise --timeout, or lower --vus"
    )


def _interrupted(c: Context) -> str | None:
    """Requests that k6 gave up on, where every user should have had a response within the graceful stop."""
    m, load = c.measured, c.run.variant.load
    drains = m.throughput_per_s > 0 and load.vus / m.throughput_per_s <= load.graceful_stop_s
    if not drains or m.interrupted <= INTERRUPTED_SHARE * m.requests:
        return None
    return f"more than {INTERRUPTED_SHARE:.0%} of the requests were interrupted, and are missing in the percentiles"


# --- what the verdict itself finds, looking at checks instead of runs -----------------------


def _by_the_verdict(c: Context) -> None:
    """Not looked for in a run: `verdict.py` raises it, where it looks at the checks."""


class Guard(Enum):
    """Every reason for *inconclusive*, in the order in which they are looked for. A member's name is its id."""

    OTHER_SYSTEM = Rule("the claim is about another operating system", When.ALWAYS, _other_system)
    ALL_FAILED = Rule("every request failed", When.ALWAYS, _all_failed)
    USERS_MISSING = Rule("k6 did not reach the number of users", When.ALWAYS, _users_missing)
    WORKERS_DIED = Rule("a worker died, or was replaced, unless a planned restart ended it", When.ALWAYS, _workers_died)
    RESTART_UNFINISHED = Rule("a planned restart outlasted the load", When.ALWAYS, _restart_unfinished)
    K6_FAILED = Rule("k6 ended with a failure of its own", When.ALWAYS, _k6_failed)
    DROPPED = Rule("the generator dropped iterations", When.ALWAYS, _dropped)
    CLOCK_JUMPED = Rule(
        f"the wall clock jumped by more than {CLOCK_JUMP_S:g} s, or the machine was suspended",
        When.ALWAYS,
        _clock_jumped,
    )
    TOO_FEW_COMPLETIONS = Rule(
        f"fewer than {FEWEST_COMPLETIONS} completions in the window", When.JUDGED, _too_few_completions
    )
    TOO_FEW_WAVES = Rule(
        f"fewer than {FEWEST_WAVES} waves in the window, where requests hold the limiting resource for a time",
        When.JUDGED,
        _too_few_waves,
    )
    NEVER_STEADY = Rule(f"the halves differ by more than {WIDEST:.0%} and one wave", When.JUDGED, _never_steady)
    NOISY_MACHINE = Rule(
        f"identical runs lie more than ±{WIDEST_FLOOR:.0%} apart where a clock limits",
        When.JUDGED,
        _noisy_machine,
    )
    FEW_SAMPLES = Rule(
        f"fewer than {TAIL_SAMPLES} samples beyond a percentile that a claim reads", When.READ, _few_samples
    )
    USERS_OUTSIDE = Rule(
        f"more than {OUTSIDE_SHARE:.0%} of the users got no response in the window, where a claim reads a percentile",
        When.READ,
        _users_outside,
    )
    GENERATOR_SATURATED = Rule(
        f"the load generator, or one of several, used more than {BUSY_SHARE:.0%} of the cores it may use",
        When.DISTURBANCE,
        _generator_saturated,
    )
    GENERATOR_LATE = Rule(
        f"one of several generators missed more than {LATE_SHARE:.0%} of the window, because it began late",
        When.ALWAYS,
        _generator_late,
    )
    CPU_LIMITS = Rule(
        f"server, generator and database together used more than {BUSY_SHARE:.0%} of the cores, "
        "where nothing predicted that",
        When.DISTURBANCE,
        _cpu_limits,
    )
    OTHERS_DISTURB = Rule(
        f"other programs used more than {OTHERS_SHARE:.0%} of the cores, "
        f"and with ours more than {BUSY_SHARE:.0%} of them where a clock limits",
        When.DISTURBANCE,
        _others_disturb,
    )
    INTERRUPTED = Rule(
        f"more than {INTERRUPTED_SHARE:.0%} of the requests interrupted, where all should have completed in time",
        When.EXCUSE,
        _interrupted,
    )
    GAVE_UP = Rule(f"more than {GAVE_UP_SHARE:.0%} of the requests of a judged row timed out", When.EXCUSE, _gave_up)
    SMOKE = Rule("the smoke scale, which proves the plumbing only", When.ALWAYS, _by_the_verdict)
    STOPPED = Rule("the run was stopped before its last row", When.ALWAYS, _by_the_verdict)
    NOT_COMPUTABLE = Rule("a check that cannot be computed", When.READ, _by_the_verdict)
    NO_CHECK = Rule("no check applies: no row is limited by a clock alone", When.ALWAYS, _by_the_verdict)
    FEW_PAIRS = Rule("the CPU decides a claim, and there are fewer than five pairs of rows", When.READ, _by_the_verdict)
    UNDECIDED = Rule(
        "the CPU decides a claim, and the interval of its ratios reaches over the limit", When.READ, _by_the_verdict
    )
    ABOVE_CEILING = Rule("throughput above its ceiling", When.JUDGED, _by_the_verdict)

    @property
    def id(self) -> str:
        return self.name.lower()


def rows() -> Iterator[tuple[str, str, str]]:
    """Of every guard its id, what is seen with its limit, and the rule: the table of "What each number means"."""
    for guard in Guard:
        yield guard.id, guard.value.seen, guard.value.when.value
