"""The generated regions of the pages: each function's result is Markdown made from the captures.

A page calls one in a comment, `<!-- [[[cog cog.out(results(2)) ]]] -->`, and the output follows it.
"""

from statistics import median

from labs import audit, catalog, post
from labs.runner import figure, queueing, report, store
from labs.runner.model import Lab, Machine, PostRow, Result, Scale, UsageError, Variant, Verdict
from labs.runner.verdict import by_variant, is_judged, judge, median_run, post_steady

SIZES = {"post": "the post's", "auto": "default"}
# k6's error codes (its documentation, "Error codes")
FAILURE_CAUSES = {
    "1050": "no answer within the timeout (1050)",
    "1211": "no connection within 30 s (1211)",
    "1212": "connection refused (1212)",
    "1220": "connection reset (1220)",
}
SYMBOLS = {"reproduced": "success", "not reproduced": "failure", "inconclusive": "warning"}

# --- what pages call ---------------------------------------------------------------------


def results(number: int, scale: Scale = "post") -> str:
    """The lab's table, its verdict with reasons, and how it was captured."""
    lab, result = _captured(number, scale)
    verdict = judge(lab, result)
    return "\n".join(["", *_table(lab, result), "", *_verdict(lab, verdict), "", *_provenance(result), "", ""])


def figures(number: int, scale: Scale = "post") -> str:
    """The throughput and timeline pictures of a capture, with their data as a table behind a fold."""
    lab, result = _captured(number, scale)
    stem = f"lab{lab.number:02d}-{scale}"
    lines = [
        "",
        *_picture(f"../figures/{stem}-throughput", figure.throughput_description(result)),
        "",
        *_picture(f"../figures/{stem}-timeline", figure.timeline_description(result)),
        "",
        "The shaded part of the timeline is the window that throughput is counted in; the line is the prediction.",
        "",
        *_fold("The figures' data", _data_table(result)),
        "",
        "",
    ]
    return "\n".join(lines)


def summary(number: int, scale: Scale = "post") -> str:
    """The line a run ends with, as the terminal shows it."""
    lab, result = _captured(number, scale)
    return f"\n```text\n{report.summary_line(result, judge(lab, result))}\n```\n\n"


def lab_table(pages: str) -> str:
    """Every capture of every lab with its verdict; `pages` is the path from the page to docs/labs/."""
    lines = [
        "",
        "| lab | claim | size | predicted | measured | error | verdict |",
        "|---|---|---|--:|--:|--:|---|",
    ]
    for lab in catalog.labs():
        for scale in lab.captured_at:
            _, result = _captured(lab.number, scale)
            grouped = list(by_variant(result).values())
            run = median_run(next((runs for runs in grouped if is_judged(runs[0])), grouped[0]))
            measured, predicted = run.measurement.throughput_per_s, run.prediction.throughput_per_s
            error = report.NONE
            if predicted and is_judged(run):
                percent = round((measured / predicted - 1) * 100, 1) + 0.0  # no negative zero
                error = f"{percent:+.1f}\u00a0%".replace("-", "−")
            first = scale == lab.captured_at[0]
            link = f"[{lab.name} {lab.title}]({pages}lab{lab.number:02d}.md)" if first else ""
            lines.append(
                f"| {link} | {lab.claim if first else ''} | {SIZES[scale]} | {report.rate(predicted)} "
                f"| {report.rate(measured)} | {error} | {judge(lab, result).outcome} |"
            )
    return "\n".join([*lines, "", ""])


# --- their parts -------------------------------------------------------------------------


def _captured(number: int, scale: Scale) -> tuple[Lab, Result]:
    lab = catalog.lab(number)
    result = store.reference(catalog.folder(lab), scale)
    if result is None:
        raise UsageError(f"{lab.name} has no capture at the {scale} scale: invoke capture --lab {number}")
    return lab, result


def _table(lab: Lab, result: Result) -> list[str]:
    lines = [
        f"Steady throughput in requests/s, the median of {result.repeats} repeats; in brackets the share of theory.",
        "",
        "| variant | post | theory | reference | range | p50 | p95 | failed | bound by |",
        "|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    grouped = by_variant(result)
    for row in report.table_rows(lab, result, None):
        values = report.spread([run.measurement.throughput_per_s for run in grouped[row.variant]])
        lines.append(
            f"| {row.variant} | {row.post} | {row.theory} | {row.yours} | {values} "
            f"| {row.p50} | {row.p95} | {row.failed} | {row.bound_by} |"
        )
    if limits := result.database_limit_per_s:
        reached = f"{report.rate(median(limits))} | {report.spread(limits)}"
        lines.append(f"| pgbench, the database alone | – | – | {reached} | – | – | – | the database |")
    return lines


def _verdict(lab: Lab, verdict: Verdict) -> list[str]:
    body = [*(f"- {reason}" for reason in verdict.reasons), *(f"- note: {warning}" for warning in verdict.warnings)]
    body += ["", f"The post **{verdict.post}**: {verdict.post_reason}."]
    return [f'!!! {SYMBOLS[verdict.outcome]} "Verdict: {verdict.outcome}"', "", *_indented(body)]


def _provenance(result: Result) -> list[str]:
    origin = result.provenance
    versions = ", ".join(f"{name} {version}" for name, version in sorted(origin.versions.items()))
    settings = " ".join(
        f"{name}={value}" for name, value in sorted(origin.environment.items()) if name != "SUMMARY_JSON"
    )
    first = result.runs[0].measurement
    cpu = [f"{run.measurement.server.cpu_cores:.2f}" for run in result.runs]
    generator = [f"{run.measurement.generator.cpu_cores:.2f}" for run in result.runs]
    body = [
        f"- {origin.started_at}, commit `{origin.commit[:12]}`{' with changes' if origin.dirty else ''}",
        f"- {origin.cpu}, {origin.cores:g} cores, {report.size(origin.memory_bytes)} memory, {origin.system}",
        f"- {versions}",
        f"- `{' '.join(origin.server_argv)}`",
        f"- `{' '.join(origin.generator_argv)}` with `{settings}`",
        f"- cores used by the server in each run: {', '.join(cpu)}; by the generator: {', '.join(generator)}",
        f"- first run: the server was ready after {first.boot_s:.1f} s",
    ]
    return _fold("How this was captured", body)


def _data_table(result: Result) -> list[str]:
    lines = [
        "| variant | repeat | throughput/s | k6's rate/s | requests | failed, by k6's code | interrupted "
        "| p50 | p95 | p99 | max | server CPU a request | generator CPU a request | listen overflows |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for run in result.runs:
        m, times = run.measurement, run.measurement.response_time_s
        cells = [report.duration(value) for value in (times.p50, times.p95, times.p99, times.max)]
        codes = ", ".join(f"{count:,} × {code}" for code, count in m.errors.items())
        cpu = [f"{tree.cpu_s_per_request * 1e3:.2f} ms" for tree in (m.server, m.generator)]
        lines.append(
            f"| {run.variant.name} | {run.repeat + 1} | {report.rate(m.throughput_per_s)} "
            f"| {report.rate(m.k6_rate_per_s)} | {m.requests:,} | {m.failed:,}{f' ({codes})' if codes else ''} "
            f"| {m.interrupted:,} | {' | '.join(cells)} | {' | '.join(cpu)} | {m.listen_overflows} |"
        )
    return lines


def _picture(name: str, description: str) -> list[str]:
    return [f"![{description}]({name}.{shade}.svg#only-{shade})" for shade in ("light", "dark")]


def _fold(title: str, body: list[str]) -> list[str]:
    return [f'??? note "{title}"', "", *_indented(body)]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


# --- one lab's own tables -------------------------------------------------------------------------


def database_limit(number: int) -> str:
    """What pgbench reached with the service's own query, beside the fastest variant."""
    _, result = _captured(number, "post")
    fastest = max(run.measurement.throughput_per_s for run in result.runs)
    limits = report.spread(result.database_limit_per_s)
    return (
        f"\nThe database alone, asked by `pgbench` with the same query (without a wait) over as many connections as "
        f"the first row's pools hold, reached {limits} selects/s. The fastest variant above reached "
        f"{report.rate(fastest)}/s.\n\n"
    )


def fatals(number: int) -> str:
    """FATAL lines and start-up errors of every variant."""
    _, result = _captured(number, "post")
    lines = [
        "",
        "| variant | W·P | started | failed requests | FATAL lines in PostgreSQL's log |",
        "|---|--:|---|--:|--:|",
    ]
    for name, runs in by_variant(result).items():
        counts = [run.measurement.database_fatals or 0 for run in runs]
        variant, started = runs[0].variant, not any(run.measurement.start_error for run in runs)
        lines.append(
            f"| {name} | {variant.workers * variant.pool_size} | {'yes' if started else 'no'} "
            f"| {sum(run.measurement.failed for run in runs):,} | {', '.join(f'{count:,}' for count in counts)} |"
        )
    return "\n".join([*lines, "", ""])


def workers(number: int, scale: Scale = "post") -> str:
    """How the answers spread over the workers, by the workers' own count, and the fastest answer."""
    _, result = _captured(number, scale)
    lines = [
        "",
        "| variant | repeat | throughput/s | fastest answer | workers that answered | fewest answers | most answers |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for run in result.runs:
        m = run.measurement
        active = sum(count > 0 for count in m.worker_answers)
        lines.append(
            f"| {run.variant.name} | {run.repeat + 1} | {report.rate(m.throughput_per_s)} "
            f"| {report.duration(m.response_time_s.min)} | {active} of {run.variant.workers} "
            f"| {min(m.worker_answers, default=0):,} | {max(m.worker_answers, default=0):,} |"
        )
    return "\n".join([*lines, "", ""])


def failures(number: int, scale: Scale = "post") -> str:
    """What became of the requests of every variant (its median repeat), failures by their cause."""
    _, result = _captured(number, scale)
    chosen = {name: median_run(runs).measurement for name, runs in by_variant(result).items()}
    codes = sorted({code for measured in chosen.values() for code in measured.errors})
    headings = [
        "answered",
        *(FAILURE_CAUSES.get(code, f"k6's error {code}") for code in codes),
        "interrupted, not counted",
    ]
    lines = ["", "| variant | " + " | ".join(headings) + " |", "|---|" + "--:|" * len(headings)]
    for name, measured in chosen.items():
        counts = [measured.requests - measured.failed, *(measured.errors.get(code, 0) for code in codes)]
        cells = [f"{count:,}" for count in (*counts, measured.interrupted)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", ""])


# --- comparisons -------------------------------------------------------------------------


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
    rows = [f"| {p.group} | {p.name} | {report.rate(p.x)} | {report.duration(p.y)} |" for p in points]
    table = ["| lab | variant | throughput/s | p99 |", "|---|---|--:|--:|", *rows]
    said = "Scatter plot of throughput against p99, one colour a lab. The table below has every point."
    return "\n".join(["", *_picture("figures/comparison", said), "", *_fold("The figure's data", table), "", ""])


def query_wait_series() -> list[figure.Series]:
    """Lab 6: throughput over the query's wait, one series for each twin and pool size."""
    _, result = _captured(6, "post")
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
        f"{label}: " + ", ".join(f"{report.rate(y)} at {x:g} ms" for x, y in zip(xs, ys, strict=True))
        for label, xs, ys in series
    )
    waits = series[0][1]
    table = ["| series | " + " | ".join(f"{wait:g} ms" for wait in waits) + " |", "|---|" + "--:|" * len(waits)]
    table += [f"| {label} | " + " | ".join(report.rate(y) for y in ys) + " |" for label, _, ys in series]
    return "\n".join(["", *_picture("figures/query-wait", said), "", *_fold("The figure's data", table), "", ""])


# --- the audit ---------------------------------------------------------------------------


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
            f"| {row.title} ([{lab.name}](labs/lab{lab.number:02d}.md)) | {report.rate(row.k6_rate_per_s)} "
            f"| {report.rate(steady)} | {report.duration(row.mean_s)} | {report.duration(row.vus / steady)} "
            f"| {report.rate(theory)} | {report.rate(ours)} | {verdict.post} |"
        )
    return "\n".join([*lines, "", ""])


def audit_statements() -> str:
    """Every sentence of the post that claims or advises something, judged."""
    lines = ["", "| the post says | kind | judgement | why | labs |", "|---|---|---|---|---|"]
    for one in audit.STATEMENTS:
        links = ", ".join(f"[{number}](labs/lab{number:02d}.md)" for number in one.labs) or report.NONE
        lines.append(f"| {one.says} | {one.kind} | **{one.judgement}** | {one.reason} | {links} |")
    return "\n".join([*lines, "", ""])


def _home_of(row: PostRow) -> tuple[Lab, Variant, Result]:
    """The first lab that repeats a row of the post, with its variant and capture; raises UsageError."""
    homes = (
        (lab, variant)
        for lab in sorted(catalog.labs(), key=lambda lab: lab.sources.index(row) if row in lab.sources else 99)
        for variant in lab.variants("post", Machine(2.0))
        if variant.source == row.id
    )
    lab, variant = next(homes, (None, None))
    if lab is None or variant is None:
        raise UsageError(f"no lab repeats the post's row {row.id}: name it as a variant's source")
    return lab, variant, _captured(lab.number, "post")[1]
