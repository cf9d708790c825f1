"""A diagnosis as one HTML file that asks nothing of anybody: words, charts and tables, readable on a phone.

It is built as a tree, so that every text is escaped where it is written: a path, a service's name or an error may
hold HTML.
"""

import shlex
from collections.abc import Iterable, Sequence
from math import log2
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from labs import catalog
from labs.diagnose import drawn, words
from labs.diagnose.drawn import Line
from labs.diagnose.evidence import Evidence, Resource, Step
from labs.diagnose.report import Document
from labs.engine.formatting import NONE, duration, rate, share

NAME = "report.html"
STYLE = Path(__file__).with_name("report.css")
NOTHING_ELSE = "default-src 'none'; style-src 'unsafe-inline'"  # the browser holds it to that, too
DASHES = {"measured": "—", "other": "- -", "ceiling": "···"}  # as the style sheet draws them
ROOM = 1.25  # × the highest measured: as far as a line that nothing measured is drawn


def page(document: Document) -> str:
    """The whole file."""
    html = Element("html", {"lang": "en"})
    head = SubElement(html, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": NOTHING_ELSE})
    _add(head, "title", f"Diagnosis: {document.sentence}")
    _add(head, "style", STYLE.read_text(encoding="utf-8"))
    main = SubElement(SubElement(html, "body"), "main")
    _answer(main, document)
    _advice(main, document)
    _curves(main, document)
    _resources(main, document.evidence.judged)
    _ceilings(main, document)
    _asked(main, document)
    text = "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate of an argument isn't text


def _answer(main: Element, document: Document) -> None:
    """The sentence first, then why."""
    _add(main, "h1", _first_upper(document.sentence))
    asked = ", ".join(path for path, _ in document.service.paths)
    _add(main, "p", f"{document.service.method} {asked} at {document.service.url}", "dim")
    _list(main, [*words.reasons(document), *words.remarks(document)])


def _advice(main: Element, document: Document) -> None:
    """The change and what it brings, the proof, what was asked of it, and where to learn how it works."""
    if document.change:
        _add(main, "h2", "What to change")
        says, *brings = words.changed(document.change)
        _add(main, "p", _first_upper(says.removeprefix("change: ")), "change")
        _list(main, [line.strip() for line in brings])
    if document.proof:
        _add(main, "h2", "Proof")
        _add(main, "p", f"{_first_upper(document.proof.verdict)}: {document.proof.says}")
    if document.headroom:
        _add(main, "h2", "Headroom")
        for line in words.kept(document.headroom):
            _add(main, "p", _first_upper(line.strip().removeprefix("headroom: ")))
    if document.expected:
        _add(main, "h2", "Expectation")
        _add(main, "p", f"{_first_upper(document.expected.outcome)}: {document.expected.says}")
    if document.lab:
        _add(main, "h2", "Learn how this works")
        _add(main, "p", f"Lab {document.lab}, {catalog.lab(document.lab).title}: invoke lab{document.lab}")


def _curves(main: Element, document: Document) -> None:
    """X(N) and R(N), with what there would be if nobody waited for another request."""
    e = document.evidence
    steps = _by_users(e)
    _add(main, "h2", "Throughput and response time")
    if len(steps) > 1:
        ticks = [(log2(step.users), f"{step.users:,}") for step in steps]
        x = [(log2(step.users), step.throughput_per_s) for step in steps]
        r = [(log2(step.users), step.p50_s) for step in steps]
        tail = [(log2(step.users), step.p95_s) for step in steps]
        charts = SubElement(main, "div", {"class": "charts"})
        lines = [Line("ceiling", _free(e, steps)), Line("measured", x, marks=True)]
        _figure(
            charts,
            drawn.chart("Throughput, requests per second", "users at once", lines, ticks),
            [("measured", "measured"), ("ceiling", "if nobody waited")],
        )
        lines = [Line("measured", r, marks=True), Line("other", tail)]
        _figure(
            charts,
            drawn.chart("Response time", "users at once", lines, ticks, duration),
            [("measured", "half within"), ("other", "95% within")],
        )
    busy = ("loop busy",) if e.tells_loop_busy else ()
    rows = [
        (
            f"{step.users:,}{' (steady)' if step is e.steady else ''}",
            rate(step.throughput_per_s),
            duration(step.p50_s),
            duration(step.p95_s),
            NONE if step.worker_cores is None else f"{step.worker_cores:.2f}",
            duration(step.loop_lag_s),
            *(NONE if step.loop_busy is None else f"{step.loop_busy:.0%}" for _ in busy),
            share(step.failed_share),
        )
        for step in (*e.steps, *filter(None, (e.overload, e.steady)))
    ]
    _table(
        main,
        "loads",
        ("users", "per second", "half within", "95% within", "cores per worker", "loop lag", *busy, "failed"),
        rows,
    )


def _free(e: Evidence, steps: Sequence[Step]) -> list[tuple[float, float]]:
    """N ÷ S over log2 N, as far as the chart has room."""
    most = ROOM * max(step.throughput_per_s for step in steps)
    last = log2(max(1.0, min(steps[-1].users, most * e.service_time_s)))
    return [(last * part / 24, 2 ** (last * part / 24) / e.service_time_s) for part in range(25)]


def _by_users(e: Evidence) -> list[Step]:
    """One step per number of users, in their order; the longest stands for its number."""
    return sorted(
        {step.users: step for step in (*e.steps, *filter(None, (e.overload, e.steady)))}.values(),
        key=lambda step: step.users,
    )


def _resources(main: Element, step: Step) -> None:
    if not step.resources:
        return
    _add(main, "h2", "What holds only so many, at the plateau")
    rows = [
        (
            one.name,
            *map(_count, (one.size, one.in_use, one.waiting)),
            NONE if one.full_share is None else share(one.full_share),
        )
        for one in step.resources
    ]
    _table(main, "resources", ("resource", "size", "in use", "waiting", "time exhausted"), rows)
    _add(main, "p", "– is unknown, not zero.", "dim")
    moving = [
        one for one in step.resources if len(one.over_time) > 1 and any(used or wait for _, used, wait in one.over_time)
    ]
    if moving:
        charts = SubElement(main, "div", {"class": "charts"})
        for one in moving:
            _over_time(charts, one)


def _over_time(charts: Element, one: Resource) -> None:
    ends_s = one.over_time[-1][0]
    lines = [
        Line("measured", [(at_s, used) for at_s, used, _ in one.over_time]),
        Line("other", [(at_s, waiting) for at_s, _, waiting in one.over_time]),
    ]
    key = [("measured", "in use"), ("other", "waiting")]
    if one.size:
        lines.append(Line("ceiling", [(one.over_time[0][0], one.size), (ends_s, one.size)]))
        key.append(("ceiling", "size"))
    ticks = [(share_of * ends_s, f"{share_of * ends_s:.2g} s") for share_of in (0.0, 0.5, 1.0)]
    _figure(charts, drawn.chart(one.name, "of the steady phase", lines, ticks, _count), key)


def _ceilings(main: Element, document: Document) -> None:
    """What each resource allows, by how long a request was measured to hold it."""
    if not document.ceilings:
        return
    _add(main, "h2", "What limits, and what limits next")
    rows = [(one.name, f"{rate(one.per_s)}/s", one.formula) for one in document.ceilings]
    _table(main, "limits", ("resource", "allows at most", "because"), rows)


def _asked(main: Element, document: Document) -> None:
    """What was diagnosed, so that it can be done again."""
    served, e = document.service, document.evidence
    _add(main, "h2", "What was diagnosed")
    facts = [
        f"begun {document.started_at}, took {document.took_s:.0f} s",
        f"workers: {served.workers}; cores of the machine: {e.cores:g}; event loop: {served.loop or 'unknown'}",
    ]
    if served.argv:
        facts.append(f"started as: {shlex.join(served.argv)}")
    if served.python:
        facts.append(f"Python {served.python}; " + ", ".join(f"{name} {at}" for name, at in served.versions.items()))
    if failed := e.judged.failures:
        facts.append(f"failed at the plateau: {failed}")
    if e.unknown:
        facts.append(f"couldn't be read: {', '.join(e.unknown)}")
    _list(main, facts)


def _figure(parent: Element, chart: Element, key: Iterable[tuple[str, str]]) -> None:
    figure = SubElement(parent, "figure")
    _add(figure, "div", chart.attrib["aria-label"], "title")
    figure.append(chart)
    caption = SubElement(figure, "figcaption")
    for style, text in key:
        _add(caption, "span", DASHES[style], f"key {style}").tail = f" {text}  "


def _table(parent: Element, of: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Wide ones scroll by themselves; the keyboard reaches them."""
    around = SubElement(
        parent, "div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": f"table of {of}"}
    )
    table = SubElement(around, "table")
    line = SubElement(SubElement(table, "thead"), "tr")
    for heading in headings:
        SubElement(line, "th", {"scope": "col"}).text = heading
    body = SubElement(table, "tbody")
    for row in rows:
        line = SubElement(body, "tr")
        for cell in row:
            _add(line, "td", cell)


def _list(parent: Element, lines: Sequence[str]) -> None:
    if lines:
        found = SubElement(parent, "ul")
        for line in lines:
            _add(found, "li", line)


def _add(parent: Element, name: str, text: str, style: str = "") -> Element:
    found = SubElement(parent, name, {"class": style} if style else {})
    found.text = text
    return found


def _count(number: float | None) -> str:
    return NONE if number is None else f"{number:,.0f}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
