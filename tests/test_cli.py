"""The command line: what it lists, what it refuses, and in which words."""

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

import tasks
from labs import advisories, catalog
from labs.runner import options
from labs.runner.model import Machine, UsageError
from tests.conftest import ROOT, Invoked

LAB2 = catalog.lab(2)
MACHINE = Machine(2.0)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("scale", "foo"), ("repeat", "0"), ("repeat", "x"), ("repeat", "51"), ("ms", "-5"), ("workers", "0"),
        ("vus", "1e3"), ("tokens", ""), ("hold", "0"), ("port", "80"), ("pool", "5"),
    ],
)  # fmt: skip
def test_a_bad_option_is_refused_in_one_line_that_names_it(option: str, value: str) -> None:
    if value == "":
        assert not options.make_plan(LAB2, MACHINE, **{option: value}).experiment
        return
    with pytest.raises(UsageError, match=f"--{option}") as refused:
        options.make_plan(LAB2, MACHINE, **{option: value})
    assert "\n" not in str(refused.value)


def test_refusing_starts_nothing_and_exits_2(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("lab2", "--scale", "foo")
    assert ended.status == 2 and ended.out == "" and "--scale is one of" in ended.err


def test_an_override_makes_an_experiment_and_the_prediction_follows() -> None:
    plan = options.make_plan(LAB2, MACHINE, tokens="20")
    assert plan.experiment and [variant.thread_tokens for variant in plan.variants] == [20]
    assert all(variant.source is None and "T = 20" in variant.name for variant in plan.variants)


def test_without_overrides_the_plan_is_the_labs_own() -> None:
    plan = options.make_plan(LAB2, MACHINE, scale="post")
    assert not plan.experiment and plan.variants == LAB2.rows("post", MACHINE)


def test_overrides_that_leave_something_different_keep_it_apart() -> None:
    plan = options.make_plan(catalog.lab(5), MACHINE, workers="4")
    assert len(plan.variants) == len({variant.load.timeout_s for variant in plan.variants}) == 3


def test_the_list_is_a_table_of_contents_in_the_order_of_the_labs(invoke: Callable[..., Invoked]) -> None:
    listed = invoke("--list").out
    places = [listed.index(f"  {lab.name} ") for lab in catalog.labs()]
    assert places == sorted(places)


def test_an_unknown_lab_names_those_there_are(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("show", "--lab", "98")
    assert ended.status == 2 and f"there is no lab 98: choose from {listed()}" in ended.err


def listed() -> str:
    return ", ".join(str(lab.number) for lab in catalog.labs())


def test_help_explains_every_option(invoke: Callable[..., Invoked]) -> None:
    text = invoke("--help", "lab2").out
    assert all(f"--{name}" in text for name in options.HELP)


def test_the_doctor_names_the_parts(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("doctor")
    assert "k6 v1.1.0" in ended.out and "PostgreSQL" in ended.out and ended.status in (0, 2)


def test_the_readme_counts_the_faults_that_are_tested() -> None:
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-m", "fault"]
    told = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True).stdout
    counted = re.search(r"(\d+)/\d+ tests collected", told)
    assert counted and f"**{counted[1]} faults, nothing lost**" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    ("printed", "says", "fails"),
    [
        ('{"dependencies": [{"name": "k6", "vulns": []}]}', "", False),
        ('{"dependencies": [{"name": "k6", "skip_reason": "not found"}]}', "1 of 1 packages", False),
        ('{"dependencies": [{"name": "k6", "vulns": [{"id": "CVE-1"}]}]}', "k6 has a known vulnerability, CVE-1", True),
        ("", "were not looked up: no route to host", False),
    ],
)
def test_the_audit_tells_a_clean_answer_from_none(
    printed: str, says: str, fails: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = subprocess.CompletedProcess([], 0, stdout=printed, stderr="no route to host")
    monkeypatch.setattr(advisories.subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(Exit) if fails else nullcontext():
        tasks.audit.body(Context())
    told = " ".join(capsys.readouterr().err.split())
    assert says in told if says else told == ""


SHOWN = re.compile(r"invoke (lab\d+)((?: --[a-z]+(?: [0-9a-z]+)?)*)")


def test_every_lab_command_that_a_page_shows_makes_a_plan() -> None:
    shown = {
        (found[1], found[2])
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for found in SHOWN.finditer(page.read_text(encoding="utf-8"))
    }
    assert len(shown) > 20
    for name, arguments in sorted(shown):
        pairs = re.findall(r"--([a-z]+)(?: ([0-9a-z]+))?", arguments)
        chosen = {option: value for option, value in pairs if option not in ("json", "dashboard")}
        plan = options.make_plan(catalog.lab(int(name.removeprefix("lab"))), MACHINE, **chosen)
        overrides = set(chosen) - {"scale", "repeat", "port"}
        assert plan.experiment == bool(overrides), f"{name}{arguments} changes nothing"
