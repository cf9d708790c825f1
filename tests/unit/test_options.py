"""What the command line's strings become, and in which words they are refused."""

import re
from pathlib import Path

import pytest

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness import overrides
from labs.engine.harness.plan import Plan, about_s, make_plan

ROOT = Path(__file__).resolve().parents[2]
LAB2 = catalog.lab(2)
MACHINE = Machine(2.0)


def planned(lab: Lab, **given: str) -> Plan:
    return make_plan(lab, overrides.parse(given), on=MACHINE)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("scale", "foo"), ("repeat", "0"), ("repeat", "x"), ("repeat", "51"), ("ms", "-5"), ("workers", "0"),
        ("vus", "1e3"), ("tokens", ""), ("steady", "0"), ("port", "80"), ("pool", "5"),
        ("think", "-1"), ("timeout", "0"), ("timeout", "soon"),
    ],
)  # fmt: skip
def test_a_bad_option_is_refused_in_one_line_that_names_it(option: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^--{option} ") as refused:
        planned(LAB2, **{option: value})
    assert "\n" not in str(refused.value)


def test_the_refusal_says_what_the_option_takes() -> None:
    with pytest.raises(UsageError, match="--workers is a whole number from 1 to 128, not '0'"):
        planned(LAB2, workers="0")


def test_an_override_makes_an_experiment_and_the_prediction_follows() -> None:
    plan = planned(LAB2, tokens="20")
    assert plan.experiment and [variant.thread_tokens for variant in plan.variants] == [20]
    assert all(variant.repeats is None and "T = 20" in variant.name for variant in plan.variants)


def test_pauses_and_patience_may_be_fractions_and_the_graceful_stop_outlasts_them() -> None:
    (one, *_) = planned(LAB2, think="0.5", timeout="2.5").variants
    assert (one.load.think_time_s, one.load.timeout_s, one.load.graceful_stop_s) == (0.5, 2.5, 3.5)
    assert "Z = 0.5 s" in one.name
    with pytest.raises(UsageError, match="--think is a number from 0 to 600, not 'x'"):
        planned(LAB2, think="x")


def test_rows_run_as_often_as_their_lab_says_unless_the_reader_does() -> None:
    by_cpu = catalog.lab(8)
    assert planned(by_cpu).repeats == by_cpu.segments == 5 and planned(LAB2).repeats == 1
    assert planned(by_cpu, repeat="7").repeats == 7 and planned(by_cpu, scale="smoke").repeats == 1
    plan = planned(by_cpu)
    assert [len(plan.pairs(repeat)) for repeat in range(5)] == [5, 3, 3, 3, 3] and plan.total == 17
    assert planned(by_cpu, repeat="7").total == 35


def test_a_plan_says_about_how_long_it_takes() -> None:
    plan = planned(LAB2)
    once_s = about_s(plan, 2.0)
    assert sum(v.load.steady_s for v in plan.variants) < once_s < 150
    assert about_s(planned(LAB2, repeat="3"), 2.0) == pytest.approx(3 * once_s)


def test_without_overrides_the_plan_is_the_labs_own() -> None:
    plan = planned(LAB2, scale="post")
    assert not plan.experiment and plan.variants == LAB2.rows("post", MACHINE)


def test_an_override_that_says_what_the_lab_says_is_no_experiment() -> None:
    assert not planned(LAB2, scale="post", tokens="40").experiment


def test_overrides_that_leave_something_different_keep_it_apart() -> None:
    plan = planned(catalog.lab(5), workers="4")
    assert len(plan.variants) == len({variant.load.timeout_s for variant in plan.variants}) == 3


def test_a_pool_is_overridden_where_there_is_one() -> None:
    plan = planned(catalog.lab(7), pool="9")
    assert {variant.pool.size for variant in plan.variants if variant.pool} == {9}


def test_what_is_started_is_what_is_declared_unless_a_lab_is_broken_on_purpose() -> None:
    plan = planned(LAB2)
    assert all(declared == started for declared, started in plan.pairs())


def test_a_plan_sized_down_to_the_machine_says_so() -> None:
    assert planned(LAB2).notes == ()
    small = make_plan(LAB2, overrides.parse({}), on=Machine(2.0, vus=500))
    assert max(variant.load.vus for variant in small.variants) == 400 and not small.experiment
    assert len(small.notes) == 1 and small.notes[0].startswith("sized down to 400 users")


SHOWN = re.compile(r"invoke (lab\d+)((?: --[a-z]+(?: [0-9a-z.]+)?)*)")


def test_every_lab_command_that_a_page_shows_makes_a_plan() -> None:
    shown = {
        (found[1], found[2])
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for found in SHOWN.finditer(page.read_text(encoding="utf-8"))
    }
    assert len(shown) > 20
    for name, arguments in sorted(shown):
        pairs = re.findall(r"--([a-z]+)(?: ([0-9a-z.]+))?", arguments)
        given = {option: value for option, value in pairs if option not in ("json", "dashboard")}
        plan = planned(catalog.lab(int(name.removeprefix("lab"))), **given)
        changed = set(given) - {"scale", "repeat", "generators", "port"}
        assert plan.experiment == bool(changed), f"{name}{arguments} changes nothing"
