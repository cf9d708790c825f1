"""The generated tables and figures across labs: comparisons, and the post audited."""

from labs import audit, catalog, post
from labs.pages import figure
from labs.pages.regions import captured, fold, picture
from labs.runner import queueing, store, words
from labs.runner.model import Lab, Machine, PostRow, Result, UsageError, Variant
from labs.runner.verdict import by_variant, judge, median_run, post_steady

# the same second of waiting, written four ways: lab, variant, how it reads
WAYS = (
    (1, "W = 6", "async def that awaits, 6 workers"),
    (2, "T = 40", "def that sleeps, 16 workers"),
    (4, "", "def that awaits and sleeps, 16 workers"),
    (5, "", "async def that sleeps half of it, 16 workers"),
)


def ways() -> list[tuple[str, float]]:
    """Throughput of each way at the post's size."""
    rows = []
    for number, name, label in WAYS:
        _, result = captured(number, "post")
        grouped = by_variant(result)
        run = median_run(grouped.get(name) or next(iter(grouped.values())))
        rows.append((label, run.measurement.throughput_per_s))
    return rows


def home() -> str:
    """The figure of the home page."""
    rows = ways()
    said = "; ".join(f"{label}: {words.rate(value)} requests/s" for label, value in rows)
    width, height = (round(96 * inches) for inches in figure.bars_size_in(len(rows)))
    # it is the first thing seen: fetched at once, into room that is kept for it
    lines = picture("figures/home", f"Bar chart. {said}.", f"width={width} height={height}")
    return "\n".join(["", *lines, "", ""])


def captured_points() -> list[figure.Point]:
    """Throughput and p99 of every variant captured at the post's scale, where something was answered."""
    points = []
    for lab in catalog.labs():
        result = store.reference(catalog.folder(lab), "post")
        for name, runs in by_variant(result).items() if result else ():
            measured = median_run(runs).measurement
            if measured.response_time_s.samples:
                points.append(figure.Point(lab.name, name, measured.throughput_per_s, measured.response_time_s.p99))
    return points


def comparison() -> str:
    """The scatter of all labs and its data."""
    points = captured_points()
    rows = [f"| {p.group} | {p.name} | {words.rate(p.x)} | {words.duration(p.y)} |" for p in points]
    table = ["| lab | variant | throughput/s | p99 |", "|---|---|--:|--:|", *rows]
    said = "Scatter plot of throughput against p99, one colour a lab. The table below has every point."
    return "\n".join(["", *picture("figures/comparison", said), "", *fold("The figure's data", table), "", ""])


def query_wait_series() -> list[figure.Series]:
    """Lab 6: throughput over the query's wait, one series for each twin and pool size."""
    _, result = captured(6, "post")
    found: dict[str, list[tuple[float, float]]] = {}
    for runs in by_variant(result).values():
        variant = runs[0].variant
        if variant.workers == 1:
            label = f"{variant.endpoint.pool}, P = {variant.pool_size}"
            found.setdefault(label, []).append((variant.ms, median_run(runs).measurement.throughput_per_s))
    return [(label, [x for x, _ in points], [y for _, y in points]) for label, points in found.items()]


def query_wait() -> str:
    """The curves of lab 6 and their data."""
    series = query_wait_series()
    said = "Line chart of throughput over the query's wait in milliseconds. " + "; ".join(
        f"{label}: " + ", ".join(f"{words.rate(y)} at {x:g} ms" for x, y in zip(xs, ys, strict=True))
        for label, xs, ys in series
    )
    waits = series[0][1]
    table = ["| series | " + " | ".join(f"{wait:g} ms" for wait in waits) + " |", "|---|" + "--:|" * len(waits)]
    table += [f"| {label} | " + " | ".join(words.rate(y) for y in ys) + " |" for label, _, ys in series]
    return "\n".join(["", *picture("figures/query-wait", said), "", *fold("The figure's data", table), "", ""])


def audit_rows() -> str:
    """Every row of the post: its rate, its steady throughput, Little's law, theory, our capture."""
    lines = [
        "",
        "| the post's row | k6's rate | steady | mean R, printed | mean R by Little's law "
        "| theory | our capture | the post |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in post.ROWS:
        lab, variant, result = _home_of(row)
        steady = post_steady(row)
        theory = queueing.predict(variant, 1.0).throughput_per_s if lab.calibrate is None and variant.judged else None
        ours = median_run(by_variant(result)[variant.name]).measurement.throughput_per_s
        verdict = judge(lab, result)
        lines.append(
            f"| {row.title} ([{lab.name}](labs/lab{lab.number:02d}.md)) | {words.rate(row.k6_rate_per_s)} "
            f"| {words.rate(steady)} | {words.duration(row.mean_s)} | {words.duration(row.vus / steady)} "
            f"| {words.rate(theory)} | {words.rate(ours)} | {verdict.post} |"
        )
    return "\n".join([*lines, "", ""])


def audit_statements() -> str:
    """Every sentence of the post that claims or advises something, judged."""
    lines = ["", "| the post says | kind | judgement | why | labs |", "|---|---|---|---|---|"]
    for one in audit.STATEMENTS:
        links = ", ".join(f"[{number}](labs/lab{number:02d}.md)" for number in one.labs) or words.NONE
        lines.append(f"| {one.says} | {one.kind} | **{one.judgement}** | {one.reason} | {links} |")
    return "\n".join([*lines, "", ""])


def _home_of(row: PostRow) -> tuple[Lab, Variant, Result]:
    """The first lab that repeats a row of the post, with its variant and capture; raises UsageError."""
    homes = (
        (lab, variant)
        for lab in sorted(catalog.labs(), key=lambda lab: lab.sources.index(row) if row in lab.sources else 99)
        for variant in lab.rows("post", Machine(2.0))
        if variant.source == row.id
    )
    lab, variant = next(homes, (None, None))
    if lab is None or variant is None:
        raise UsageError(f"no lab repeats the post's row {row.id}: name it as a variant's source")
    return lab, variant, captured(lab.number, "post")[1]
