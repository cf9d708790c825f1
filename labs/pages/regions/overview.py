"""The generated tables and figures across labs: the list of labs, the home page's bars, comparisons, the audit."""

import numpy as np

from labs import audit, catalog, post
from labs.engine.declare.lab import Lab
from labs.engine.declare.published import PostRow
from labs.engine.declare.service import Machine, Variant
from labs.engine.errors import UsageError
from labs.engine.formatting import NONE, duration, off, rate, share
from labs.engine.judgement import guards
from labs.engine.judgement.post_comparison import by_the_same_formula, post_steady
from labs.engine.judgement.scope import is_judged
from labs.engine.judgement.verdict import judge
from labs.engine.results.result import Result, median_runs
from labs.engine.show import report
from labs.engine.theory import prediction
from labs.pages import figures, markdown
from labs.pages.captured import SIZES, captured
from labs.pages.regions import course


def labs(pages: str) -> str:
    """Every capture of every lab with its verdict; `pages` is the path from the page to docs/labs/."""
    rows = []
    for lab in catalog.labs():
        for scale in lab.captured_at:
            result = captured(lab, scale)
            found = list(median_runs(result).values())
            run = next((run for run in found if is_judged(run)), found[0])
            first = scale == lab.captured_at[0]
            link = f"[{lab.name} {lab.title}]({pages}lab{lab.number:02d}.md)" if first else ""
            judged = run.predicted_per_s if is_judged(run) else None
            error = off(run.throughput_per_s / judged - 1 if judged else None)
            said = report.said(lab, judge(lab, result).outcome)
            figures_of = (rate(run.predicted_per_s), rate(run.throughput_per_s), error)
            rows.append((link, lab.claim if first else "", SIZES[scale], *figures_of, said))
    headings = ("lab", "claim", "size", "predicted", "measured", "error", "verdict")
    return markdown.region(markdown.table(headings, rows, words=3, last_words=1))


OPEN = 1  # parts of the course whose questions a visitor sees at once


def questions(pages: str) -> str:
    """What each lab asks, and its finding in words, in the order of the course; the later parts are in a fold."""
    by_page = {f"labs/lab{lab.number:02d}.md": lab for lab in catalog.labs()}
    found: dict[str, list[str]] = {}
    for part, paths in course.parts().items():
        rows = []
        for path in paths:
            lab, page = by_page[path], course.read(path)
            said = (
                "A service to fix, and a target to meet." if lab.grades else f"{lab.claim[0].upper()}{lab.claim[1:]}."
            )
            rows.append((f"[{page.asks}]({pages}lab{lab.number:02d}.md)", said))
        found[part] = [f"**{part}**", "", *markdown.table(("question", "finding"), rows, words=2), ""]
    folded = list(found)[OPEN:]
    more = sum(len(course.parts()[part]) for part in folded)
    shown = [line for part, lines in found.items() if part not in folded for line in lines]
    rest = [line for part in folded for line in found[part]]
    title = f"{more} more questions: {', '.join(folded)}"
    return markdown.region([*shown, *markdown.fold(title, rest[:-1])])


def bars() -> list[tuple[str, float]]:
    """The home page's figure: the rows that labs name for it, at the post's size, by how the page calls them.

    Per worker: the rows have different numbers of them.
    """
    found = []
    for lab in catalog.labs():
        if lab.home_bar:
            run = median_runs(captured(lab, "post"))[lab.home_bar.variant]
            found.append((lab.home_bar.label, run.throughput_per_s / run.variant.workers))
    return found


def home() -> str:
    """The figure of the home page."""
    rows = bars()
    said = "; ".join(f"{label}: {rate(value)}" for label, value in rows)
    width, height = (round(96 * inches) for inches in figures.bars_size_in(len(rows)))
    size = f"width={width} height={height}"
    # it is the first thing seen: fetched at once, into room that is kept for it
    return markdown.region(markdown.picture("figures/home", f"Bar chart, requests/s per worker. {said}.", size))


def guard_rules() -> str:
    """Every guard: its id, what is seen, and when it is looked for."""
    rows = [(f"`{name}`", seen, when) for name, seen, when in guards.rows()]
    return markdown.region(markdown.table(("id", "what was seen", "rule"), rows, words=3))


def forecasts() -> str:
    """Over every captured run with one limit: the error of its prediction, clock-limited and CPU-limited apart."""
    errors: dict[bool, list[tuple[float, str]]] = {True: [], False: []}
    for lab in catalog.labs():
        for scale in lab.captured_at:
            for run in captured(lab, scale).runs:
                predicted_per_s = run.predicted_per_s if run.prediction.limited_by.only else None
                if predicted_per_s and run.throughput_per_s and run.variant.judged:
                    off = abs(run.throughput_per_s / predicted_per_s - 1)
                    errors[run.prediction.clock_limited].append((off, f"{lab.name}, {run.variant.name}"))
    rows = [
        (
            "a clock" if by_clock else "the CPU",
            len(found),
            *(share(float(np.percentile([off for off, _ in found], percent))) for percent in (50, 90)),
            f"{share(max(found)[0])} ({max(found)[1]})",
        )
        for by_clock, found in errors.items()
        if found
    ]
    headings = ("limited by", "runs", "median error", "90% are within", "worst")
    return markdown.region(markdown.table(headings, rows, last_words=1))


def audit_rows() -> str:
    """Every row of the post: its rate, its steady throughput, Little's law, theory, our capture."""
    rows = []
    for row in post.ROWS:
        lab, variant, result = _home_of(row)
        steady = post_steady(row)
        predicts = lab.baseline is None and variant.judged
        theory = prediction.predict(variant, 1.0).throughput_per_s if predicts else None
        recovered = " (recovered)" if theory and row.workers is None else ""
        ours = median_runs(result)[variant.name]
        link = f"{row.title} ([{lab.name}](labs/lab{lab.number:02d}.md))"
        times = (duration(row.mean_s), duration(row.vus / steady))
        verdict = judge(lab, result)
        alike = (rate(by_the_same_formula(row, ours)), rate(ours.throughput_per_s))
        rows.append(
            (link, rate(row.k6_rate_per_s), rate(steady), *times, rate(theory) + recovered, *alike, verdict.post)
        )
    headings = (
        *("the post's row", "k6's rate", "steady", "mean response time, printed", "mean, by Little's law"),
        *("theory", "ours, by the same formula", "ours, in the window", "the post"),
    )
    return markdown.region(markdown.table(headings, rows, last_words=1))


def audit_statements() -> str:
    """Every sentence of the post that claims or advises something, judged."""
    rows = []
    for one in audit.STATEMENTS:
        links = ", ".join(f"[{number}](labs/lab{number:02d}.md)" for number in one.labs) or NONE
        rows.append((one.says, one.kind, f"**{one.judgement}**", one.reason, links))
    return markdown.region(markdown.table(("the post says", "kind", "judgment", "why", "labs"), rows, words=5))


def _home_of(row: PostRow) -> tuple[Lab, Variant, Result]:
    """The first lab that repeats a row of the post, with its variant and capture. Raises UsageError."""
    for lab in catalog.labs():
        for variant in lab.rows("post", Machine(2.0)):
            if variant.repeats == row:
                return lab, variant, captured(lab, "post")
    raise UsageError(f"no lab repeats the post's row {row.title!r}: name it as what a variant repeats")
