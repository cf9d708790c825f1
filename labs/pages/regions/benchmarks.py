"""The generated tables of other people's load tests, and what the laws predict of them."""

from labs.engine.formatting import off, rate
from labs.pages import markdown
from labs.reports.cases import CASES, KLEN, NEAR, Case, Row, independent


def summary() -> str:
    """How many independent predictions came near, and how far Little's law is off where both sides were printed."""
    rows = list(independent())
    near = [row for row in rows if abs(row.off) <= NEAR]
    missed = [row for row in rows if abs(row.off) > NEAR]
    impossible = sum("impossible" in row.why for row in missed)
    most = max(abs(row.off) for row in KLEN.rows)
    says = (
        f"**{len(near)} of {len(rows)} independent predictions are within {NEAR:.0%}.** Of the {len(missed)} others, "
        f"{impossible} are impossible as stated, and {len(missed) - impossible} leave out a time that their requests "
        f"take. And Little's law gives each of {len(KLEN.rows)} printed mean response times to within {most:.1%}."
    )
    return markdown.region([says])


def table() -> str:
    """Each source with its rows; a source whose rows all check the same law is one line."""
    lines: list[str] = []
    for case in CASES:
        if case is not KLEN:
            lines += [f"**[{case.name}]({case.address})** (read: {case.read}): {case.setting}.", ""]
            headings = ("row", "law", "predicted", "measured", "off")
            lines += [*markdown.table(headings, map(_row, case.rows), words=2), "", *_reasons(case)]
    return markdown.region(lines)


def _row(row: Row) -> tuple[str, ...]:
    mark = " (not counted: recovered)" if row.recovered else " (one parameter from another row)" if row.nearly else ""
    predicted, measured = (f"{rate(value)}{row.unit}" for value in (row.predicted, row.measured))
    return f"{row.says}{mark}", row.law, predicted, measured, off(row.off)


def _reasons(case: Case) -> list[str]:
    found = [f"- {row.says}: {row.why}." for row in case.rows if row.why]
    return [*found, ""] if found else []


def littles_law() -> str:
    """The source of which only Little's law is checked."""
    worst = max(KLEN.rows, key=lambda row: abs(row.off))
    says = (
        f"**[{KLEN.name}]({KLEN.address})** (read: {KLEN.read}): {KLEN.setting}. {len(KLEN.rows)} rows; the worst: "
        f"predicted {rate(worst.predicted)}{worst.unit}, printed {rate(worst.measured)}{worst.unit} "
        f"({off(worst.off)})."
    )
    return markdown.region([says])
