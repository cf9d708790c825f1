"""The generated tables of other people's load tests, and what the laws predict of them."""

from collections import Counter

from labs.engine.formatting import off, rate
from labs.pages import markdown
from labs.reports import on_our_app
from labs.reports.case import NEAR, Case, Miss, Row
from labs.reports.cases import CASES, KLEN, independent


def summary() -> str:
    """How many independent predictions came near, why the others didn't, and how far Little's law is off."""
    rows = independent()
    near = sum(row.near for row in rows)
    sources = sum(any(row.independent for row in case.rows) for case in CASES)
    missed = Counter(row.miss for row in rows if row.miss)
    most = max(abs(row.off) for row in KLEN.rows)
    says = (
        f"**{near} of {len(rows)} independent predictions, from {sources} sources, are within {NEAR:.0%}.** Of the "
        f"{missed.total()} others, {missed[Miss.LEFT_OUT]} lack something that the law needs and the source leaves "
        f"out: a time, or how connections spread over the workers. {missed[Miss.IMPOSSIBLE]} are impossible as "
        f"stated, and {missed[Miss.UNEXPLAINED]} we can't explain. And Little's law gives each of {len(KLEN.rows)} "
        f"printed mean response times to within {most:.1%}."
    )
    return markdown.region([says])


def table() -> str:
    """Each source with its rows, in a fold whose title says how many came near."""
    lines: list[str] = []
    for case in CASES:
        if case is not KLEN:
            headings = ("row", "law", "predicted", "measured", "off")
            body = [f"[{case.name}]({case.address}) (read: {case.read}): {case.setting}.", ""]
            body += [*markdown.table(headings, map(_row, case.rows), words=2), "", *_reasons(case)]
            lines += markdown.fold(_title(case), body)
    return markdown.region(lines)


def _title(case: Case) -> str:
    alone = [row for row in case.rows if row.independent]
    nearly = [row for row in case.rows if row.counted and row.nearly]
    parts = [f"{sum(row.near for row in alone)} of {len(alone)} within {NEAR:.0%}"] if alone else []
    if nearly:
        parts.append(f"with one parameter from another row {sum(row.near for row in nearly)} of {len(nearly)}")
    return f"{case.name}: {', '.join(parts)}"


def _row(row: Row) -> tuple[str, ...]:
    mark = " (not counted: recovered)" if row.recovered else " (one parameter from another row)" if row.nearly else ""
    predicted, measured = (f"{rate(value)}{row.unit}" for value in (row.predicted, row.measured))
    return f"{row.says}{mark}", row.law, predicted, measured, off(row.off)


def _reasons(case: Case) -> list[str]:
    found = [f"- {row.says}: {row.miss}{f': {row.why}' if row.why else ''}." for row in case.rows if row.miss]
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


def run_here() -> str:
    """The rows that our own app was run for, beside the published ones."""
    recorded = on_our_app.read()
    headings = ("row", "predicted here", "measured here", "off here", "off in the source")
    rows = [
        (
            f"[{again.case.name}]({again.case.address}): {again.says}",
            f"{rate(here.predicted_per_s)}/s",
            f"{rate(here.throughput_per_s)}/s",
            off(here.off),
            off(again.published.off),
        )
        for again, here in zip(on_our_app.AGAIN, recorded.rows, strict=True)
    ]
    said = f"Recorded on {recorded.started_at[:10]} on {recorded.cores:g} cores ({recorded.cpu})."
    return markdown.region([*markdown.table(headings, rows), "", said])
