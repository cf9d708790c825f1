"""One run at a time in a home folder: two would measure each other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from labs.engine.errors import UsageError
from labs.engine.paths import runs


@contextmanager
def exclusive_lock() -> Iterator[None]:
    """Raises UsageError if another run holds it, or if the folder can't be written."""
    folder = runs()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise UsageError(
            f"cannot write below {folder}: {error.strerror}. Free space there, or fix its permissions"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError("another lab is running here: wait for it, two would measure each other") from error
        os.set_inheritable(lock.fileno(), False)
        yield
