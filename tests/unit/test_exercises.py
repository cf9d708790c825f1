"""Exercises as they are declared, the learner's files, and what is said of a grade."""

import ast
import difflib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from labs.engine.declare.exercise import Exercise, graded
from labs.engine.errors import UsageError
from labs.engine.harness.fingerprint import normalised
from labs.engine.judgement.guards import Guard
from labs.engine.results.measurement import ResponseTimes, RestartTimes, ServerMetrics
from labs.exercises import catalog, progress, terminal, words, yours
from labs.exercises.decisive import decisive
from labs.exercises.grade import Grade, Mark, given, plan
from tests.unit.builders import measurement, result, run

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
    assert progress.next_hint(FIRST) == (3, FIRST.hints[2]), "hints go on once it's solved, and aren't counted"
    assert (again.tries, again.hints, again.solved_at) == (2, 2, solved.solved_at)
    shown = list(words.overview([FIRST], progress.read(), [FIRST.lab]))
    assert shown[0].startswith("  solved  lab") and "(2 tries, 2 hints)" in shown[0]
    assert shown[-1] == "1 of 1 solved."
    (folder / progress.FILE).write_text("{")
    with pytest.raises(UsageError, match="can't be read"):
        progress.read()


def test_an_exercise_with_a_file_is_begun_and_the_last_hint_names_the_solution(folder: Path) -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    terminal.overview([FIRST.lab], console)
    terminal.begin(str(FIRST.lab), False, console)
    terminal.overview([FIRST.lab], console)
    for _ in FIRST.hints:
        terminal.hint(str(FIRST.lab), console)
    terminal.overview([FIRST.lab], console)
    said = console.export_text()
    assert said.index("(not begun)") < said.index("(begun)") < said.index(f"({len(FIRST.hints)} hints)")
    assert said.count("That was the last hint") == 1 and f"lab {FIRST.lab} has a solution" in said


def test_a_missed_target_is_explained_and_a_hint_offered() -> None:
    target = FIRST.targets[0]
    grade = Grade(FIRST, "not yet", (Mark(target, 9.8, False), Mark(FIRST.targets[1], 0.001, True)))
    said = [text for text, _ in words.lines(grade)]
    assert said[0].startswith("  not met") and target.otherwise in said[1]
    assert said[2].startswith("  met") and f"invoke grade {FIRST.lab} --hint" in said[-1]
    assert grade.missed == (grade.marks[0],)


def test_an_inconclusive_grade_says_why_and_none_is_called_none() -> None:
    grade = Grade(FIRST, "inconclusive", (), ("other programs used 1.2 of 2 cores",), (Guard.OTHERS_DISTURB,))
    said = [text for text, _ in words.lines(grade)]
    assert "other programs" in said[0] and "inconclusive. Close other programs. Run it again" in said[-1]
    assert words.limits(replace(FIRST.targets[0], at_least=None, at_most=0.0)) == "none"


@pytest.mark.parametrize(
    ("guards", "fix"),
    [
        (
            (Guard.WORKERS_DIED, Guard.ALL_FAILED),
            "Read the server's log, in the newest folder below runs/.",
        ),
        ((Guard.K6_FAILED,), "See what this machine lacks: invoke doctor."),
        ((Guard.CLOCK_JUMPED,), ""),
    ],
)
def test_only_where_other_programs_disturb_are_they_to_be_closed(guards: tuple[Guard, ...], fix: str) -> None:
    said = [text for text, _ in words.lines(Grade(FIRST, "inconclusive", (), ("why",), guards))]
    closing = " ".join(filter(None, (f"exercise {FIRST.lab}: inconclusive.", fix, "Run it again:")))
    assert said == ["  why", f"{closing} invoke grade {FIRST.lab}"]


# --- a grade on a busy machine ----------------------------------------------------------------

FIFTH = catalog.exercise(5)


def busy(others: float, per_s: float, failed: int, lag_s: float = 0.3) -> Grade:
    """A run of lab 5's exercise beside `others`, cores of two that other programs use; `failed` of 1,000 requests."""
    service = graded(FIFTH.service, "exercises.lab05", 1)
    probe = ResponseTimes(60, 0, 0.0, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, ())
    times = ResponseTimes(1000, 0, 0.1, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15, ())
    measured = measurement(
        per_s,
        vus_reached=20,
        other_cpu_cores=others,
        requests=1000,
        failed=failed,
        probe=probe,
        response_time_s=times,
        window_time_s=times,
        server_metrics=ServerMetrics({"loop_lag_seconds": ((lag_s,), (lag_s,))}),
    )
    lab = plan(FIFTH, service, 8000).lab
    return given(FIFTH, lab, result(run(measured, service)))


def test_a_miss_that_no_noise_explains_is_not_yet_even_on_a_busy_machine() -> None:
    grade = busy(1.9, per_s=1.5, failed=720)
    said = [text for text, _ in words.lines(grade)]
    assert grade.standing == "not yet" and [mark.target.says for mark in grade.marks if mark.decisive] == [
        "failed requests"
    ]
    assert "  other programs used 1.9 of 2 cores: close them" in said
    assert "  that alone doesn't explain what was measured here: failed requests" in said
    assert not any("allowed" in line or "interval" in line for line in said), "the marks say what the checks found"


def test_a_near_miss_on_a_busy_machine_stays_inconclusive_and_a_pass_a_pass() -> None:
    near = busy(1.9, per_s=100, failed=0)
    assert near.standing == "inconclusive" and near.why == ("other programs used 1.9 of 2 cores: close them",)
    assert near.guards == (Guard.OTHERS_DISTURB,)
    assert busy(0.0, per_s=100, failed=0).standing == "not yet"
    assert busy(1.9, per_s=133, failed=0, lag_s=0.001).standing == "solved"


def restarted(stop_s: float | None, refused: int, lost: int = 0) -> Grade:
    """A run of lab 27's exercise, whose signal comes after 5 s of 20."""
    one = catalog.exercise(27)
    service = graded(one.service, "exercises.lab27", 1)
    measured = measurement(
        20,
        vus_reached=service.load.vus,
        requests=400,
        failed=refused + lost,
        errors={"1503": refused, "1504": lost},
        restart=RestartTimes(5.0, stop_s, stop_s and stop_s + 1),
        load_s=20.0,
        server_metrics=ServerMetrics({"pool_in_use": ((1.0,), (1.0,))}),
    )
    return given(one, plan(one, service, 8000).lab, result(run(measured, service)))


def test_a_service_that_never_ends_when_told_to_is_not_yet() -> None:
    grade = restarted(None, refused=300)
    assert grade.standing == "not yet" and {mark.target.says: mark.value for mark in grade.missed} == {
        "orders refused": 300,
        "the stop": 15,
    }
    assert grade.why == ("the planned restart had not ended when the load did; raise --steady",)


def test_a_restart_is_graded_by_what_it_refused_and_what_it_lost() -> None:
    assert restarted(0.8, refused=35).standing == "solved"
    (missed,) = restarted(0.2, refused=20, lost=1).missed
    assert missed.target.says == "orders accepted and lost" and missed.value == 1


def test_a_service_that_fails_every_request_is_not_yet_whatever_the_machine_does() -> None:
    assert busy(0.0, per_s=0.0, failed=1000).standing == "not yet"


def test_what_noise_can_move_never_decides() -> None:
    by_name = {target.says: target for target in FIFTH.targets}
    requests, lag = by_name["requests"], by_name["how late the event loop is (loop lag)"]
    assert decisive(requests, 50, False) and not decisive(requests, 50, True) and not decisive(requests, 60, False)
    assert not decisive(lag, 10.0, False)
    sessions = next(one for one in catalog.exercise(20).targets if one.unit == "count")
    late = next(one for one in catalog.exercise(20).targets if one.unit == "share" and one.how)
    assert decisive(sessions, 55, True) and not decisive(sessions, 54, True) and not decisive(sessions, 0, True)
    assert not decisive(late, 1.0, False)


def test_a_learners_service_is_asked_for_its_own_path_alone() -> None:
    assert graded(FIFTH.service, "exercises.lab05", 1).url_path == "/parcel"
