"""The command line as a process: what it lists, explains and refuses."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labs import catalog, doctor
from labs.command_line.keeping import SELFTEST_PARTS
from labs.command_line.learning import HELP
from tests.conftest import ROOT, Invoked


def test_refusing_starts_nothing_and_exits_2(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("lab2", "--scale", "foo")
    assert ended.status == 2 and ended.out == "" and "--scale is one of" in ended.err


def test_the_list_is_a_table_of_contents_in_the_order_of_the_labs(invoke: Callable[..., Invoked]) -> None:
    listed = invoke("--list").out
    places = [listed.index(f"  {lab.name} ") for lab in catalog.labs()]
    assert places == sorted(places)


def test_an_unknown_lab_names_those_there_are(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("show", "--lab", "98")
    numbers = ", ".join(str(lab.number) for lab in catalog.labs())
    assert ended.status == 2 and f"there is no lab 98: choose from {numbers}" in ended.err


def test_a_lab_may_be_named_like_its_page_and_is_listed_once(invoke: Callable[..., Invoked]) -> None:
    assert "--scale is one of" in invoke("lab02", "--scale", "foo").err
    assert "lab02" not in invoke("--list").out


def test_a_command_that_is_not_there_gets_one_line_and_status_2(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("lab022")
    assert (ended.status, ended.out) == (2, "") and ended.err.count("\n") == 1
    assert "there's no command 'lab022': did you mean lab22? invoke --list shows all" in ended.err
    assert "did you mean" not in invoke("zzz").err
    ended = invoke("lab2", "--nowhere")
    assert ended.status == 2 and "'--nowhere'" in ended.err and "invoke --help lab2" in ended.err


def test_an_exercise_without_a_number_names_those_there_are(invoke: Callable[..., Invoked]) -> None:
    for command in ("exercise", "grade"):
        ended = invoke(command)
        assert ended.status == 2 and f"invoke {command} needs the number of an exercise: choose from 2, 3" in ended.err


def test_help_explains_every_option(invoke: Callable[..., Invoked]) -> None:
    text = invoke("--help", "lab2").out
    assert all(f"--{name}" in text for name in HELP)


def test_hold_is_still_another_name_of_steady(invoke: Callable[..., Invoked]) -> None:
    assert "--steady is a whole number" in invoke("lab2", "--hold", "0").err


def test_the_doctor_names_the_parts(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("doctor")
    assert "k6 v1.1.0" in ended.out and "PostgreSQL" in ended.out and ended.status in (0, 2)


def test_what_is_not_measured_yet_keeps_nothing_from_running(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    (floor,) = (one for one in doctor.findings() if one.what == "noise floor")
    assert (floor.found, floor.keeps_from, floor.fix) == ("not measured yet", None, "invoke lab0")


def test_an_unknown_part_of_the_selftest_is_refused(invoke: Callable[..., Invoked]) -> None:
    ended = invoke("selftest", "--part", "everything")
    assert ended.status == 2 and f"--part is one of {', '.join(SELFTEST_PARTS)}" in ended.err


def test_an_exercise_that_is_not_there_is_refused_and_those_there_are_named(invoke: Callable[..., Invoked]) -> None:
    for command in ("exercise", "grade"):
        ended = invoke(command, "99")
        assert ended.status == 2 and ended.out == "" and "lab 99 has no exercise to grade: choose from" in ended.err
    assert "lab 0 has no exercise to grade: choose from" in invoke("grade", "0").err
    assert "choose from 'one hour', 'half a day', 'everything'" in invoke("progress", "--along", "a week").err


def test_progress_lists_the_exercises_along_the_path(invoke: Callable[..., Invoked]) -> None:
    listed = invoke("progress", "--along", "half a day").out
    assert re.search(r"lab  5  Free the event loop \(.+\)\n(.*\n)*\d+ of \d+ solved", listed)


def test_the_readme_counts_the_faults_that_are_tested() -> None:
    marked = [str(path) for path in (ROOT / "tests").rglob("test_*.py") if "mark.fault" in path.read_text("utf-8")]
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-m", "fault", *marked]
    told = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True).stdout
    counted = re.search(r"(\d+)/\d+ tests collected", told)
    assert counted and f"**{counted[1]} faults, nothing lost**" in (ROOT / "README.md").read_text(), counted


def test_ci_runs_the_readmes_test_commands() -> None:
    blocks = re.findall(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert blocks[1].splitlines()[-1].endswith("invoke test")
    assert all(line in script for line in blocks[1].splitlines())
