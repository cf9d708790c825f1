"""Exercises as they are declared, the learner's files, and what is said of a grade."""

import ast
import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.declare.exercise import Exercise
from labs.engine.errors import UsageError
from labs.engine.harness.fingerprint import normalised
from labs.exercises import catalog, progress, words, yours
from labs.exercises.grade import Grade, Mark

every = pytest.mark.parametrize("exercise", catalog.exercises(), ids=lambda one: f"lab{one.lab}")


def source(exercise: Exercise, name: str) -> str:
    return (catalog.folder(exercise.lab) / f"{name}.py").read_text(encoding="utf-8")


@every
def test_a_repair_takes_at_least_three_lines_of_logic(exercise: Exercise) -> None:
    before, after = (normalised(source(exercise, name)).splitlines() for name in ("starter", "solution"))
    changed = [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]
    removed = [line for line in difflib.ndiff(before, after) if line.startswith("- ")]
    assert max(len(changed), len(removed)) >= 3, changed


@every
def test_a_starter_is_short_and_says_what_is_the_learners(exercise: Exercise) -> None:
    text = source(exercise, "starter")
    code = [line for line in text.splitlines() if line.strip()]
    assert 20 <= len(code) <= 50, len(code)
    assert "Repair it" in (ast.get_docstring(ast.parse(text)) or "")
    assert not any("from labs" in line or "from app" in line for line in code), "a learner's service stands alone"


@every
def test_a_tempting_repair_fails_on_how_and_every_given_file_is_declared(exercise: Exercise) -> None:
    how = {target.says for target in exercise.targets if target.how}
    assert exercise.wrong and all(one.fails in how for one in exercise.wrong)
    there = {file.stem for file in catalog.folder(exercise.lab).glob("*.py")} - {"__init__", "exercise"}
    assert there == set(catalog.given(exercise.lab))


@every
def test_hints_go_further_step_by_step_and_every_target_has_a_limit(exercise: Exercise) -> None:
    assert len(exercise.hints) >= 2 and len(set(exercise.hints)) == len(exercise.hints)
    assert all(words.limits(target) for target in exercise.targets)
    assert len({target.says for target in exercise.targets}) == len(exercise.targets)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(yours, "FOLDER", tmp_path)
    return tmp_path


FIRST = catalog.exercises()[0]


def test_a_learners_file_is_never_overwritten(folder: Path) -> None:
    file, kept = yours.begin(FIRST)
    assert kept is None and file.read_text() == source(FIRST, "starter")
    file.write_text("mine")
    with pytest.raises(UsageError, match="--fresh"):
        yours.begin(FIRST)
    assert file.read_text() == "mine"
    _, kept = yours.begin(FIRST, fresh=True)
    assert kept is not None and kept.read_text() == "mine" and file.read_text() == source(FIRST, "starter")


def test_workers_are_read_without_running_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yours, "ROOT", tmp_path)
    file = tmp_path / "mine.py"
    file.write_text("raise SystemExit\nWORKERS = 3\n")
    assert yours.workers("mine") == 3
    file.write_text("app = 1\n")
    assert yours.workers("mine") == 1
    file.write_text("app = 1\nWORKERS = many\n")
    with pytest.raises(UsageError, match="line 2: WORKERS is a whole number"):
        yours.workers("mine")
    file.write_text("app = (\n")
    with pytest.raises(UsageError, match="line 1"):
        yours.workers("mine")


def test_hints_come_one_by_one_and_a_solved_exercise_stays_solved(folder: Path) -> None:
    assert [progress.next_hint(FIRST) for _ in range(2)] == [(1, FIRST.hints[0]), (2, FIRST.hints[1])]
    progress.tried(FIRST, solved=False)
    solved = progress.tried(FIRST, solved=True)
    again = progress.tried(FIRST, solved=False)
    assert (again.tries, again.hints, again.solved_at) == (3, 2, solved.solved_at)
    shown = list(words.overview([FIRST], progress.read()))
    assert "solved, 3 tries, 2 hints" in shown[0] and shown[-1] == "1 of 1 solved."
    (folder / progress.FILE).write_text("{")
    with pytest.raises(UsageError, match="can't be read"):
        progress.read()


def test_a_missed_target_is_explained_and_a_hint_offered() -> None:
    target = FIRST.targets[0]
    grade = Grade(FIRST, "not yet", (Mark(target, 9.8, False), Mark(FIRST.targets[1], 0.001, True)))
    said = [text for text, _ in words.lines(grade)]
    assert said[0].startswith("  not met") and target.otherwise in said[1]
    assert said[2].startswith("  met") and f"invoke grade {FIRST.lab} --hint" in said[-1]
    assert grade.missed == (grade.marks[0],)


def test_an_inconclusive_grade_says_why_and_none_is_called_none() -> None:
    grade = Grade(FIRST, "inconclusive", (), ("other programs used 1.2 of 2 cores: close them",))
    said = [text for text, _ in words.lines(grade)]
    assert "other programs" in said[0] and "inconclusive" in said[-1]
    assert words.limits(replace(FIRST.targets[0], at_least=None, at_most=0.0)) == "none"
