"""One run at a time in a home folder: two would measure each other.

There are two locks. A run holds both. A service that waits for a reader's own requests holds only the second one,
so an attached diagnosis, which starts no service and holds only the first one, may measure it.
"""

import fcntl
import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from labs.engine.errors import UsageError
from labs.engine.paths import runs

MEASURING, SERVING = ".lock", ".serving"  # files in the folder of the runs


@contextmanager
def exclusive_lock(port: int | None = None) -> Iterator[None]:
    """Both locks; `port` is where the service listens, told to whoever is refused meanwhile.

    Raises UsageError, naming the command that holds one, or if the folder can't be written.
    """
    with measuring(port), serving(port):
        yield


@contextmanager
def measuring(port: int | None = None) -> Iterator[None]:
    """For what loads a service, or must not meet a load. Raises UsageError as exclusive_lock does."""
    with _held(MEASURING, port):
        yield


@contextmanager
def serving(port: int | None = None) -> Iterator[None]:
    """For what starts the course's own services. Raises UsageError as exclusive_lock does."""
    with _held(SERVING, port):
        yield


def holder() -> str | None:
    """The run that is under way in this home folder, as in `invoke lab5 (process 123, port 8000)`; None if none is."""
    try:
        with (runs() / MEASURING).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _told(runs() / MEASURING)
    except OSError:
        return None
    return None


@contextmanager
def _held(name: str, port: int | None) -> Iterator[None]:
    folder = runs()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / name).open("a")
    except OSError as error:
        raise UsageError(
            f"cannot write below {folder}: {error.strerror}. Free space there, or fix its permissions"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"{_told(folder / name)} is running here: wait until it ends, or stop it with Ctrl-C"
            ) from error
        os.set_inheritable(lock.fileno(), False)
        _tell(lock, port)
        yield


def _tell(lock: TextIO, port: int | None) -> None:
    """Write down who holds it, for whoever is refused."""
    lock.truncate(0)
    lock.write(json.dumps({"command": _command(), "pid": os.getpid(), "port": port}))
    lock.flush()


def _command() -> str:
    """What was typed: "invoke app --lab 2"."""
    typed = Path(sys.argv[0])
    name = typed.parent.name if typed.stem == "__main__" else typed.stem
    return shlex.join([name, *sys.argv[1:]])


def _told(file: Path) -> str:
    """Who holds a lock, from what it wrote into the file; it may not have written yet."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        at = f", port {told['port']}" if told["port"] else ""
        return f"{told['command']} (process {told['pid']}{at})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another command"
