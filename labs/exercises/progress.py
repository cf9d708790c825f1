"""What the learner has done so far, kept beside their files: tries, hints taken, when it was solved."""

import json
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from labs.engine.declare.exercise import Exercise
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.paths import shown
from labs.exercises import yours

FILE = "progress.json"


class Done(BaseModel):
    """Of one exercise. `solved_at` is ISO 8601, of the first time; tries and hints are those that it took until then.

    `hints_after` are the hints that were read once it was solved.
    """

    model_config = ConfigDict(frozen=True)

    tries: int = 0
    hints: int = 0
    hints_after: int = 0
    solved_at: str | None = None


def read() -> dict[int, Done]:
    """By the lab's number. Raises UsageError if the file was damaged."""
    file = yours.FOLDER / FILE
    if not file.exists():
        return {}
    try:
        return {int(number): Done.model_validate(done) for number, done in json.loads(file.read_text()).items()}
    except (ValueError, ValidationError, AttributeError) as error:
        raise UsageError(f"{shown(file)} can't be read ({error}): fix it, or remove it to begin anew") from None


def of(exercise: Exercise) -> Done:
    return read().get(exercise.lab, Done())


def tried(exercise: Exercise, solved: bool) -> Done:
    """Note one more try, unless it's solved already; returns what is known now."""
    done = of(exercise)
    if done.solved_at:
        return done
    at = datetime.now(UTC).isoformat(timespec="seconds") if solved else None
    return _keep(exercise, done.model_copy(update={"tries": done.tries + 1, "solved_at": at}))


def next_hint(exercise: Exercise) -> tuple[int, str]:
    """The next hint and its number, from 1; the last one again once all were given."""
    done = of(exercise)
    given = min(done.hints + done.hints_after + 1, len(exercise.hints))
    changed = {"hints_after": given - done.hints} if done.solved_at else {"hints": given}
    _keep(exercise, done.model_copy(update=changed))
    return given, exercise.hints[given - 1]


def _keep(exercise: Exercise, done: Done) -> Done:
    known = read() | {exercise.lab: done}
    kept = {str(number): one.model_dump() for number, one in sorted(known.items())}
    write_text(yours.FOLDER / FILE, json.dumps(kept, indent=1) + "\n")
    return done
