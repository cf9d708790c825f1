"""The table that only lab 5's page has: whose failures they are."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.results.measurement import Measurement
from labs.engine.results.result import median_runs
from labs.lab05_blocked_loop.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

# k6's error codes (its documentation, "Error codes")
CAUSES = {
    "1050": "no response within the timeout (1050)",
    "1211": "no connection within 30 s (1211)",
    "1212": "connection refused (1212)",
    "1220": "connection reset (1220)",
}


def failures(scale: Scale = "post") -> str:
    """What became of the requests of every variant (its median repeat), failures by their cause."""
    chosen = {name: run.measurement for name, run in median_runs(captured(LAB, scale)).items()}
    codes = sorted({code for measured in chosen.values() for code in measured.errors})
    causes = [CAUSES.get(code, f"k6's error {code}") for code in codes]
    headings = ["variant", "expected responses", *causes, "interrupted, not counted"]
    return region(table(headings, ([name, *_counts(measured, codes)] for name, measured in chosen.items())))


def _counts(measured: Measurement, codes: list[str]) -> Iterator[str]:
    failed = (measured.errors.get(code, 0) for code in codes)
    for count in (measured.requests - measured.failed, *failed, measured.interrupted):
        yield f"{count:,}"
