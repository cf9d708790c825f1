"""The course proves its exercises: starters fail, solutions pass, and tempting repairs fail for their reason."""

import pytest
from rich.console import Console

from labs.engine.declare.exercise import Exercise
from labs.engine.show.progress import LiveProgress
from labs.exercises import catalog, words, yours
from labs.exercises.grade import Grade, grade

GIVEN = [(one, name) for one in catalog.exercises() for name in catalog.given(one.lab)]
every = pytest.mark.parametrize(
    ("exercise", "name"), GIVEN, ids=[f"lab{one.lab}-{name}{'-in_CI' if one.lab == 5 else ''}" for one, name in GIVEN]
)


def graded(exercise: Exercise, name: str, port: int) -> Grade:
    module = f"{catalog.package(exercise.lab)}.{name}"
    with LiveProgress(Console(stderr=True)) as progress:
        return grade(exercise, module, yours.workers(module), port, progress)


@pytest.mark.exercises
@pytest.mark.timeout(300)
@every
def test_what_is_given_gets_the_grade_that_it_deserves(exercise: Exercise, name: str, port: int) -> None:
    given = graded(exercise, name, port)
    said = "\n".join(text for text, _ in words.lines(given))
    if name == "solution":
        assert given.standing == "solved", said
        return
    assert given.standing == "not yet", said
    if name != "starter":
        (wrong,) = (one for one in exercise.wrong if f"wrong_{one.file}" == name)
        assert wrong.fails in [mark.target.says for mark in given.missed], said
