"""A service that somebody else started: for `invoke diagnose --url`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from labs.engine.paths import ROOT


@contextmanager
def attached(port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "uvicorn", "tests.diagnosed.plain:app", "--port", str(port), "--no-access-log"]
    with subprocess.Popen([*argv, *options], cwd=ROOT, stderr=subprocess.PIPE) as running:
        try:
            assert running.stderr is not None
            while b"Uvicorn running" not in running.stderr.readline():
                assert running.poll() is None
            yield running
        finally:
            running.kill()
