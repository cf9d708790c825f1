"""What a service's log says of why it failed, and the fix where we know one."""

import re
from pathlib import Path

from labs.diagnose.target import Target
from labs.engine.harness.processes import killed

NAMED_ERROR = re.compile(r"(ERROR:\s+)?((\w+\.)*\w*(Error|Exception|Timeout)\b|Error loading ASGI app|\[Errno )")


def at_start(target: Target, status: int, log: Path | None) -> str:
    """Why a service did not start: its last error, and the fix where we know one."""
    if by_signal := killed(status):
        return f"the service did not start: it {by_signal}. Log: {log}"
    return f"the service did not start (exit {status}). {_first_words(target, log)}"


def _first_words(target: Target, log: Path | None) -> str:
    said = last_error(log)
    text = log.read_text(errors="replace") if log else ""
    app = target.app or ""
    if "Could not import module" in text:
        return f"There is no module {app.partition(':')[0]} in {target.dir}: check --app and --dir"
    if "Error loading ASGI app. Attribute" in text:
        return f"The module has no {app.partition(':')[2]}: check --app (a function that makes the app: --factory)"
    if missing := re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", text):
        return f"It imports {missing[1]}, which isn't there: check --python (its environment) and --dir"
    return f"{said} Log: {log}"


def during_load(status: int, log: Path | None) -> str:
    """Why a service that we started is gone."""
    if by_signal := killed(status):
        return f"the service {by_signal}. Log: {log}"
    return f"the service ended during the load (exit {status}). {last_error(log)} Log: {log}"


def last_error(log: Path | None) -> str:
    """The last line that names an exception, else the last line."""
    return named_error(log) or (_lines(log) or ["It printed nothing."])[-1]


def named_error(log: Path | None) -> str:
    """The last line that names an exception; empty where none does."""
    return next((line for line in reversed(_lines(log)) if NAMED_ERROR.match(line)), "")


def _lines(log: Path | None) -> list[str]:
    text = log.read_text(errors="replace") if log and log.exists() else ""
    return [line.strip() for line in text.splitlines() if line.strip()]
