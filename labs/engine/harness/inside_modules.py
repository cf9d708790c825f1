"""Every module of `inside/course_metrics` that reads a kind of resource: what `invoke diagnose` has hooked.

It stands beside `commands.KNOWN`, which the labs' captures depend on.
"""

import re

from labs.engine.paths import ROOT

FOLDER = ROOT / "labs" / "engine" / "inside" / "course_metrics"
BUSY_LOOPS = "busy_loops"  # the share of the time, and nothing that holds only so many: for a diagnosis, too


def _reads(source: str) -> bool:
    return "\ndef hook() -> None:" in source and re.search(r"\b(resources|makers)\.note\(", source) is not None


EVERY = tuple(sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != BUSY_LOOPS and _reads(path.read_text())))
