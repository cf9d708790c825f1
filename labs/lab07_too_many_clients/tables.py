"""The table that only lab 7's page has: what PostgreSQL refused."""

from collections.abc import Iterator

from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE
from labs.engine.results.result import Result, by_variant
from labs.lab07_too_many_clients.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region, table

HEADINGS = ("variant", "W·P", "started", "failed requests", "FATAL lines in PostgreSQL's log")


def fatals(scale: Scale = "post") -> str:
    """FATAL lines and start-up errors of every variant."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    for name, runs in by_variant(result).items():
        variant, measured = runs[0].variant, [run.measurement for run in runs]
        counts = [m.database_fatals for m in measured]
        yield (
            name,
            str(variant.workers * variant.pool.size) if variant.pool else NONE,
            "yes" if all(m.start_error is None for m in measured) else "no",
            f"{sum(m.failed for m in measured):,}",
            ", ".join(NONE if count is None else f"{count:,}" for count in counts),
        )
