"""The folders below `runs/`: one per run, its result in it."""

from datetime import datetime
from pathlib import Path

from labs.engine.declare.service import Scale
from labs.engine.errors import UsageError
from labs.engine.paths import runs

RESULT_NAME = "result.json"


def new_folder(started_at: str, lab: str, scale: Scale) -> Path:
    """A fresh folder, named so that sorting by name sorts by time. Raises UsageError."""
    stem = f"{datetime.fromisoformat(started_at):%Y-%m-%dT%H%M%S}-{lab}-{scale}"
    for attempt in range(100):
        path = runs() / (stem if attempt == 0 else f"{stem}-{attempt}")
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                f"cannot write below {runs()}: {error.strerror}. Free space there, or fix its permissions"
            ) from error
    raise UsageError(f"{runs()} holds a hundred runs that began in this second: `invoke clean`")


def latest(lab: str | None = None) -> Path | None:
    """The newest result, of one lab or of any; of a lab that was stopped, what it had measured."""
    found = sorted(runs().glob(f"*-{lab or 'lab*'}-*/{RESULT_NAME}"))
    return found[-1] if found else None


def newest() -> Path | None:
    """The folder of the run that began last, whether it has a result or not."""
    return max((path for path in runs().glob("[0-9]*-*-*") if path.is_dir()), default=None)
