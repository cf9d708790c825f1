"""Every guard trips on the fault it is there for, and on nothing else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, response_time, throughput
from labs.engine.declare.service import Load, Restart
from labs.engine.judgement import guards
from labs.engine.judgement.doubts import doubts
from labs.engine.judgement.guards import Guard
from labs.engine.judgement.tolerance import tolerance
from labs.engine.judgement.verdict import judge
from labs.engine.results.measurement import GeneratorUse, ResponseTimes, TreeUse, Window
from labs.engine.results.noise import NoiseFloor
from labs.engine.results.result import Result
from labs.engine.theory.prediction import CpuCosts
from tests.unit import builders
from tests.unit.builders import VARIANT, lab, measurement, result, run

AWAITING = replace(VARIANT, endpoint=replace(VARIANT.endpoint, holds_token=0), workers=6)
COSTS = CpuCosts(0.0005, 0.0003)  # of AWAITING on two cores: 2,500/s


def cores(used: float) -> TreeUse:
    return TreeUse(used, 0.0, 1, 1, 1)


def noisy(kept: Result, clock: float = 0.0) -> Result:
    return replace(kept, noise=NoiseFloor(clock, 0.3, "2026-01-01T00:00:00+00:00"))


def in_turns(throughputs: Sequence[float], **changed: object) -> Result:
    """AWAITING, which the CPU limits, run so often."""
    measured = (measurement(per_s, **changed) for per_s in throughputs)
    return result(*(run(one, AWAITING, repeat, COSTS) for repeat, one in enumerate(measured)))


BY_CPU = Check(says="throughput", quantity=throughput(AWAITING.name), at_least=2_000)


def test_a_clean_run_raises_no_doubt() -> None:
    found = doubts(lab(), result(run(measurement(640.0))))
    assert found.measurement == () and found.noise == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"requests": 0}, "every request failed"),
        ({"failed": 29_200}, "every request failed"),
        ({"vus_reached": 9_000}, "k6 reached 9,000 of 10,000"),
        ({"workers_replaced": 1}, "1 of 16 workers died"),
        ({"k6_exit": 107}, "k6 ended with status 107"),
        ({"dropped": 5}, "the load generator was saturated: it dropped 5 iterations"),
        ({"clock_jump_s": 3.0}, "the clock jumped by 3.0 s"),
        ({"window": Window(2, 28, 28, 12, 0.4, 0.4)}, "12 completions in the window are too few"),
        ({"window": Window(2, 28, 28, 17_920, 840, 440)}, "never steady"),
    ],
)
def test_numbers_that_cannot_be_used_make_even_a_match_inconclusive(changed: dict[str, object], said: str) -> None:
    verdict = judge(lab(), result(run(measurement(640.0, **changed))))
    assert verdict.outcome == "inconclusive" and said in verdict.reasons[0]


def test_one_wave_more_in_a_half_is_no_doubt_and_two_are() -> None:
    """16 waves of one second, 640 responses each: eight in a half."""
    for second_half_per_s, outcome in ((560, "reproduced"), (480, "inconclusive")):
        window = Window(2, 16, 16, 10_240, 640, second_half_per_s)
        assert judge(lab(), result(run(measurement(640.0, window=window)))).outcome == outcome


DISTURBANCES = [
    ({"generator": cores(1.8)}, "the load generator was saturated: it used 1.80 of 2 cores"),
    ({"server": cores(1.2), "generator": cores(0.6)}, "our processes used 1.80 of 2 cores"),
    ({"other_cpu_cores": 1.6}, "other programs used 1.6 of 2 cores"),
    ({"interrupted": 1_000}, "more than 1% of the requests were interrupted"),
]


@pytest.mark.parametrize(("changed", "said"), DISTURBANCES)
def test_a_disturbance_excuses_a_clock_limited_failure_and_takes_no_success_back(
    changed: dict[str, object], said: str
) -> None:
    failed = judge(lab(), result(run(measurement(500.0, **changed))))
    assert failed.outcome == "inconclusive" and any(said in reason for reason in failed.reasons)
    passed = judge(lab(), result(run(measurement(639.0, **changed))))
    assert passed.outcome == "reproduced" and any(said in warning for warning in passed.warnings)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"generator": cores(1.8)}, "the load generator was saturated"),
        ({"other_cpu_cores": 0.3}, "other programs used 0.3 of 2 cores"),
    ],
)
def test_where_the_cpu_limits_a_disturbance_makes_even_a_match_inconclusive(
    changed: dict[str, object], said: str
) -> None:
    assert judge(lab(checks=(BY_CPU,)), in_turns([2_450.0] * 5)).outcome == "reproduced"
    verdict = judge(lab(checks=(BY_CPU,)), in_turns([2_450.0] * 5, **changed))
    assert verdict.outcome == "inconclusive" and said in verdict.reasons[0]


def test_all_cores_in_use_is_no_doubt_where_that_is_the_prediction() -> None:
    busy = in_turns([2_450.0] * 5, server=cores(1.3), generator=cores(0.65))
    assert doubts(lab(checks=(BY_CPU,)), busy).measurement == ()


@pytest.mark.parametrize(
    ("throughputs", "outcome", "said"),
    [
        ([2_450.0] * 4, "inconclusive", "4 of 5 pairs say too little; --repeat 5"),
        ([2_450.0, 2_100.0, 2_900.0, 2_300.0, 2_010.0], "reproduced", "throughput"),
        ([2_450.0, 2_100.0, 2_900.0, 2_300.0, 1_990.0], "inconclusive", "reaches over the limit"),
        ([1_450.0, 1_100.0, 1_900.0, 1_300.0, 1_990.0], "not reproduced", "throughput"),
    ],
)
def test_what_the_cpu_decides_is_judged_by_the_whole_interval_of_five_pairs(
    throughputs: list[float], outcome: str, said: str
) -> None:
    verdict = judge(lab(checks=(BY_CPU,)), in_turns(throughputs))
    assert verdict.outcome == outcome and said in verdict.reasons[0]


def test_a_claim_that_needs_more_cores_than_there_are_does_not_apply() -> None:
    alone = replace(BY_CPU, needs_cores=4)
    assert judge(lab(checks=(alone,)), in_turns([100.0] * 5)).guards == (Guard.NO_CHECK,)
    assert judge(lab(checks=(replace(alone, needs_cores=2),)), in_turns([100.0] * 5)).outcome == "not reproduced"


def test_what_the_cpu_limits_is_not_held_against_a_prediction_made_of_its_own_cost() -> None:
    assert judge(lab(), in_turns([1_000.0] * 5)).guards == (Guard.NO_CHECK,)


def test_a_claim_about_linux_says_nothing_elsewhere() -> None:
    about_linux = lab(only_on="Linux")
    assert judge(about_linux, result(run(measurement(640.0)))).outcome == "reproduced"
    kept = result(run(measurement(640.0)))
    verdict = judge(about_linux, replace(kept, provenance=replace(kept.provenance, system="Darwin 25.0.0 arm64")))
    assert verdict.outcome == "inconclusive" and "about Linux, this is Darwin" in verdict.reasons[0]


def test_a_generator_held_to_one_core_is_saturated_by_one_core() -> None:
    kept = result(run(measurement(500.0, generator=cores(0.95))))
    held = replace(kept, provenance=replace(kept.provenance, environment={"GOMAXPROCS": "1"}))
    assert not doubts(lab(), kept).noise
    assert [doubt.guard for doubt in doubts(lab(), held).noise] == [Guard.GENERATOR_SATURATED]


def test_interruptions_are_expected_where_the_queue_outlasts_the_graceful_stop() -> None:
    """10,000 users at 32/s need 312 s to complete; the graceful stop ends after 30."""
    slow = measurement(32.0, interrupted=8_000, window=Window(2.5, 28.0, 56, 896, 32, 32))
    assert doubts(lab(), result(run(slow))).noise == ()


def test_a_percentile_needs_ten_samples_beyond_it() -> None:
    tail = Check(says="p99", quantity=Quantity(("T = 40",), lambda seen: 1.0, percentile=99), at_least=0.9)
    few = ResponseTimes(400, 0, 1.0, 14.0, 18.0, 19.0, 20.0, 21.0, 13.1, ())
    assert judge(lab(checks=(tail,)), result(run(measurement(640.0)))).outcome == "reproduced"
    verdict = judge(lab(checks=(tail,)), result(run(measurement(640.0, response_time_s=few))))
    assert verdict.outcome == "inconclusive" and "400 samples are too few for a p99" in verdict.reasons[0]


def test_no_claim_is_judged_more_closely_than_twice_the_noise_floor() -> None:
    kept = result(run(measurement(600.0)))
    assert judge(lab(), kept).outcome == "not reproduced"
    assert tolerance(lab(), noisy(kept, clock=0.02)) == pytest.approx(0.04)
    near = result(run(measurement(617.0)))
    assert judge(lab(), near).outcome == "not reproduced"
    assert judge(lab(), noisy(near, clock=0.02)).outcome == "reproduced"


def test_no_clock_limited_claim_may_be_off_by_more_than_five_percent() -> None:
    assert tolerance(lab(tolerance=0.25), noisy(result(run(measurement(600.0))), clock=0.04)) == 0.05
    assert judge(lab(tolerance=0.25), result(run(measurement(600.0)))).outcome == "not reproduced"


def test_a_machine_too_noisy_to_judge_judges_nothing() -> None:
    verdict = judge(lab(), noisy(result(run(measurement(640.0))), clock=0.06))
    assert verdict.outcome == "inconclusive" and "lab 0" in verdict.reasons[0]


def test_too_few_waves_say_how_long_would_do() -> None:
    short = Window(2, 4.0, 4, 2_560, 640, 640)
    verdict = judge(lab(), result(run(measurement(640.0, window=short))))
    assert verdict.guards == (Guard.TOO_FEW_WAVES,)
    assert "4 waves of 1 s, too few; raise --steady to 11" in verdict.reasons[0]


def test_users_who_pause_at_random_need_no_waves() -> None:
    none = Window(2, 4.0, 0, 2_560, 640, 640)
    at_random = replace(VARIANT, load=replace(VARIANT.load, pauses="exponential"))
    one = replace(run(measurement(640.0, window=none)), variant=at_random)
    paused = lab(variants=lambda scale, machine: [at_random])
    assert judge(paused, result(one)).guards == ()


def test_percentiles_that_miss_many_users_are_not_judged() -> None:
    """640/s over 13.1 s each: 8,384 of 10,000 users are in the window's response times, 16% are not."""
    inside = ResponseTimes(17_920, 0, 1.0, 14.0, 18.0, 19.0, 20.0, 21.0, 13.1, ())
    verdict = judge(lab(checks=(TAIL,)), result(run(measurement(640.0, window_time_s=inside))))
    assert verdict.guards == (Guard.USERS_OUTSIDE,) and "1,616 of 10,000 users" in verdict.reasons[0]
    whole = replace(inside, mean=15.5)
    assert judge(lab(checks=(TAIL,)), result(run(measurement(640.0, window_time_s=whole)))).outcome == "reproduced"
    never_steady = lab(checks=(TAIL,), variants=lambda scale, machine: [replace(VARIANT, whole_run_times=True)])
    assert judge(never_steady, result(run(measurement(640.0, window_time_s=inside)))).outcome == "reproduced"


def test_where_clients_give_up_a_failed_claim_is_excused_and_the_share_is_said() -> None:
    left = ResponseTimes(29_200, 11_972, 1.0, 14.0, 18.0, 60.0, 60.0, 60.0, 13.1, ())
    verdict = judge(lab(), result(run(measurement(320.0, response_time_s=left))))
    assert verdict.guards == (Guard.GAVE_UP,)
    assert "41% of the requests gave up after 60 s" in verdict.reasons[-1]


def test_a_knee_is_shown_and_not_judged() -> None:
    near = replace(VARIANT, load=Load(vus=1_000))
    assert judge(lab(), result(run(measurement(640.0, vus_reached=1_000), near))).outcome == "inconclusive"


def test_a_check_that_raises_is_named_and_the_run_is_inconclusive() -> None:
    broken = Check(says="a / b", quantity=Quantity(("T = 40",), lambda seen: 1 / 0), at_least=0.9)
    verdict = judge(lab(checks=(broken,)), result(run(measurement(640.0))))
    assert verdict.outcome == "inconclusive" and "'a / b' cannot be computed: ZeroDivisionError" in verdict.reasons[0]


@pytest.mark.parametrize(("uses_cpu", "outcome"), [(False, "reproduced"), (True, "inconclusive")])
def test_a_row_that_only_checks_read_is_as_clock_limited_as_they_are(uses_cpu: bool, outcome: str) -> None:
    read = replace(VARIANT, name="read", judged=False)
    quantity = replace(throughput("read"), uses_cpu=uses_cpu)
    about = Check(says="at least 1/s", quantity=quantity, at_least=1.0)
    kept = result(run(measurement(640.0)), run(measurement(500.0, other_cpu_cores=1.6), read))
    assert judge(lab(checks=(about,)), kept).outcome == outcome


FEW = ResponseTimes(400, 0, 1.0, 14.0, 18.0, 19.0, 20.0, 21.0, 13.1, ())
ELSEWHERE = replace(builders.PROVENANCE, system="Darwin 25.0.0 arm64")
TAIL = Check(says="p99", quantity=response_time("T = 40", 99), at_least=0.9)
TRIPPING: dict[Guard, Result] = {
    guard: result(run(measurement(640.0, **changed)))
    for guard, changed in {
        Guard.ALL_FAILED: {"failed": 29_200},
        Guard.USERS_MISSING: {"vus_reached": 9_000},
        Guard.WORKERS_DIED: {"workers_replaced": 1},
        Guard.K6_FAILED: {"k6_exit": 107},
        Guard.DROPPED: {"dropped": 5},
        Guard.CLOCK_JUMPED: {"clock_jump_s": 3.0},
        Guard.TOO_FEW_COMPLETIONS: {"window": Window(2, 28, 28, 12, 0.4, 0.4)},
        Guard.NEVER_STEADY: {"window": Window(2, 28, 28, 17_920, 840, 440)},
        Guard.TOO_FEW_WAVES: {"window": Window(2, 4.0, 4, 2_560, 640, 640)},
        Guard.USERS_OUTSIDE: {"window_time_s": replace(FEW, samples=17_920)},
        Guard.GAVE_UP: {"response_time_s": replace(FEW, samples=29_200, timed_out=400)},
        Guard.FEW_SAMPLES: {"response_time_s": FEW},
        Guard.GENERATOR_SATURATED: {"generator": cores(1.75)},
        Guard.GENERATOR_LATE: {"generators": (GeneratorUse(0.1, 0.0, 14_600), GeneratorUse(0.1, 3.5, 14_600))},
        Guard.CPU_LIMITS: {"server": cores(1.2), "generator": cores(0.6)},
        Guard.OTHERS_DISTURB: {"other_cpu_cores": 1.6},
        Guard.INTERRUPTED: {"interrupted": 1_000},
    }.items()
} | {
    Guard.OTHER_SYSTEM: replace(result(run(measurement(640.0))), provenance=ELSEWHERE),
    Guard.RESTART_UNFINISHED: result(run(measurement(640.0), replace(VARIANT, restart=Restart(at_s=5)))),
    Guard.NOISY_MACHINE: noisy(result(run(measurement(640.0))), clock=0.06),
}
NEVER = Check(says="not computable", quantity=Quantity(("T = 40",), lambda seen: 1 / 0), at_least=0.9)
KNEE = replace(VARIANT, load=Load(vus=1_000))
TRIPPING_THE_VERDICT: dict[Guard, tuple[Lab, Result]] = {
    Guard.SMOKE: (lab(), result(run(measurement(640.0)), scale="smoke")),
    Guard.STOPPED: (lab(), replace(result(run(measurement(640.0))), stopped="interrupted")),
    Guard.NOT_COMPUTABLE: (lab(checks=(NEVER,)), result(run(measurement(640.0)))),
    Guard.NO_CHECK: (lab(), result(run(measurement(640.0, vus_reached=1_000), KNEE))),
    Guard.ABOVE_CEILING: (lab(), result(run(measurement(700.0)))),
    Guard.FEW_PAIRS: (lab(checks=(BY_CPU,)), in_turns([2_450.0])),
    Guard.UNDECIDED: (lab(checks=(BY_CPU,)), in_turns([2_450.0] * 4 + [1_990.0])),
}


def test_no_guard_is_left_untried() -> None:
    assert not TRIPPING.keys() & TRIPPING_THE_VERDICT.keys()
    assert TRIPPING.keys() | TRIPPING_THE_VERDICT.keys() == set(Guard)


@pytest.mark.parametrize("guard", TRIPPING, ids=lambda one: one.id)
def test_each_guard_trips_on_its_own_fault(guard: Guard) -> None:
    found = doubts(lab(only_on="Linux", checks=(TAIL,)), TRIPPING[guard])
    tripped = {doubt.guard for doubt in (*found.measurement, *found.noise)}
    also = {Guard.CPU_LIMITS} if guard is Guard.GENERATOR_SATURATED else set()
    assert tripped - also == {guard}


@pytest.mark.parametrize("guard", TRIPPING_THE_VERDICT, ids=lambda one: one.id)
def test_each_guard_of_the_verdict_makes_it_inconclusive(guard: Guard) -> None:
    about, kept = TRIPPING_THE_VERDICT[guard]
    verdict = judge(about, kept)
    assert (verdict.outcome, verdict.guards) == ("inconclusive", (guard,))


def test_every_guard_has_an_id_and_a_row_of_its_own() -> None:
    assert len({guard.id for guard in Guard}) == len({guard.value.seen for guard in Guard}) == len(Guard)
    assert [name for name, _, _ in guards.rows()] == [guard.id for guard in Guard]


def test_sentences_that_differ_from_repeat_to_repeat_name_their_repeats() -> None:
    shares = (0.5, 0.3, 0.3)
    runs = [run(measurement(500.0, other_cpu_cores=1.7 + share), repeat=n) for n, share in enumerate(shares)]
    said = [doubt.says for doubt in doubts(lab(), result(*runs)).noise]
    assert said == [
        "T = 40, repeat 1: other programs used 2.2 of 2 cores: close them",
        "T = 40, repeats 2, 3: other programs used 2 of 2 cores: close them",
    ]
    alike = [run(measurement(500.0, other_cpu_cores=2.0), repeat=n) for n in range(3)]
    assert [doubt.says for doubt in doubts(lab(), result(*alike)).noise] == [
        "T = 40: other programs used 2 of 2 cores: close them"
    ]
