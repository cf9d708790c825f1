"""The generated regions that every lab page has: Markdown made from the captures.

A page calls one in a comment, `<!-- [[[cog cog.out(results(2)) ]]] -->`, and the output follows it.
The tables of single labs are in `regions_labs` and `regions_beyond`, those across labs in `regions_overview`.
"""

from statistics import median

from labs import catalog
from labs.pages import figure, figure_panel, figure_timeline, simulated
from labs.runner import panel_table, report, store, words
from labs.runner.guards import is_judged
from labs.runner.model import Lab, Result, Scale, UsageError, Verdict
from labs.runner.simulate import Simulated
from labs.runner.verdict import by_variant, judge, median_run

SIZES = {"post": "the post's", "auto": "default"}
SYMBOLS = {"reproduced": "success", "not reproduced": "failure", "inconclusive": "warning"}

# --- what pages call ---------------------------------------------------------------------


def results(number: int, scale: Scale = "post") -> str:
    """The lab's table, its verdict with reasons, and how it was captured."""
    lab, result = captured(number, scale)
    verdict = judge(lab, result)
    return "\n".join(["", *_table(lab, result), "", *_verdict(lab, verdict), "", *_provenance(result), "", ""])


def figures(number: int, scale: Scale = "post", panel_in_fold: bool = True) -> str:
    """The throughput and timeline pictures of a capture; behind folds the panel and the figures' data.

    A page that shows the panel in the open asks for it to be left out here.
    """
    lab, result = captured(number, scale)
    stem = f"lab{lab.number:02d}-{scale}"
    lines = [
        "",
        *picture(f"../figures/{stem}-throughput", figure.throughput_description(result)),
        "",
        *picture(f"../figures/{stem}-timeline", figure_timeline.description(result)),
        "",
        "The shaded part of the timeline is the window that throughput is counted in; the line is the prediction.",
        "",
        *fold(
            "Second by second: response times, requests in flight, CPU, memory, threads, descriptors",
            picture(f"../figures/{stem}-resources", figure_timeline.resources_description(result)),
        ),
        "",
        *(
            fold("The server panel: what the workers said of themselves", panel_lines(number, scale, result))
            if panel_in_fold and panel_table.rows(result)
            else []
        ),
        "",
        *fold("The figures' data", _data_table(result)),
        "",
        "",
    ]
    return "\n".join(lines)


def summary(number: int, scale: Scale = "post") -> str:
    """The line a run ends with, as the terminal shows it."""
    lab, result = captured(number, scale)
    return f"\n```text\n{report.summary_line(lab, result, judge(lab, result))}\n```\n\n"


def lab_table(pages: str) -> str:
    """Every capture of every lab with its verdict; `pages` is the path from the page to docs/labs/."""
    lines = [
        "",
        "| lab | claim | size | predicted | measured | error | verdict |",
        "|---|---|---|--:|--:|--:|---|",
    ]
    for lab in catalog.labs():
        for scale in lab.captured_at:
            _, result = captured(lab.number, scale)
            grouped = list(by_variant(result).values())
            run = median_run(next((runs for runs in grouped if is_judged(runs[0])), grouped[0]))
            measured, predicted = run.measurement.throughput_per_s, run.prediction.throughput_per_s
            error = words.NONE
            if predicted and is_judged(run):
                percent = round((measured / predicted - 1) * 100, 1) + 0.0  # no negative zero
                error = f"{percent:+.1f}\u00a0%".replace("-", "−")
            outcome = judge(lab, result).outcome
            said = report.GRADES[outcome] if lab.grades else outcome
            first = scale == lab.captured_at[0]
            link = f"[{lab.name} {lab.title}]({pages}lab{lab.number:02d}.md)" if first else ""
            lines.append(
                f"| {link} | {lab.claim if first else ''} | {SIZES[scale]} | {words.rate(predicted)} "
                f"| {words.rate(measured)} | {error} | {said} |"
            )
    return "\n".join([*lines, "", ""])


# --- their parts -------------------------------------------------------------------------


def captured(number: int, scale: Scale) -> tuple[Lab, Result]:
    lab = catalog.lab(number)
    result = store.reference(catalog.folder(lab), scale)
    if result is None:
        raise UsageError(f"{lab.name} has no capture at the {scale} scale: invoke capture --lab {number}")
    return lab, result


def _table(lab: Lab, result: Result) -> list[str]:
    grouped = by_variant(result)
    played = {name: simulated.beside(median_run(runs), result) for name, runs in grouped.items()}
    simulates, beside = any(played.values()), report.has_bystander(result)
    headings = [
        *("variant", "post", "theory"),
        *(["[simulated](../simulator.md)"] if simulates else []),
        *("reference", "range", "p50", "p95", "failed", "bound by"),
        *(["bystander p99"] if beside else []),
    ]
    lines = [
        f"Steady throughput in requests/s, the median of {result.repeats} repeats; in brackets the share of theory.",
        "",
        f"| {' | '.join(headings)} |",
        f"|{'|'.join('---' if heading in ('variant', 'bound by') else '--:' for heading in headings)}|",
    ]
    for row in report.table_rows(lab, result, None):
        cells = [
            *(row.variant, row.post, row.theory),
            *([_simulated(played[row.variant])] if simulates else []),
            *(row.yours, words.spread([run.measurement.throughput_per_s for run in grouped[row.variant]])),
            *(row.p50, row.p95, row.failed, row.bound_by),
            *([row.bystander] if beside else []),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if limits := result.database_limit_per_s:
        before = " | ".join([words.NONE] * (3 if simulates else 2))
        reached = f"{words.rate(median(limits))} | {words.spread(limits)}"
        lines.append(f"| pgbench, the database alone | {before} | {reached} | – | – | – | the database |")
    return lines


def _simulated(outcome: Simulated | None) -> str:
    if outcome is None:
        return words.NONE
    return f"{words.rate(outcome.throughput_per_s)}, p95 {words.duration(outcome.p95_s)}"


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
        f"- {origin.cpu}, {origin.cores:g} cores, {words.size(origin.memory_bytes)} memory, {origin.system}",
        f"- {versions}",
        f"- `{' '.join(origin.server_argv)}`",
        f"- `{' '.join(origin.generator_argv)}` with `{settings}`",
        f"- cores used by the server in each run: {', '.join(cpu)}; by the generator: {', '.join(generator)}",
        f"- first run: the server was ready after {first.boot_s:.1f} s",
    ]
    return fold("How this was captured", body)


def _data_table(result: Result) -> list[str]:
    lines = [
        "| variant | repeat | throughput/s | k6's rate/s | requests | failed, by k6's code | interrupted "
        "| p50 | p95 | p99 | max | server CPU a request | generator CPU a request | listen overflows |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for run in result.runs:
        m, times = run.measurement, run.measurement.response_time_s
        cells = [words.duration(value) for value in (times.p50, times.p95, times.p99, times.max)]
        codes = ", ".join(f"{count:,} × {code}" for code, count in m.errors.items())
        cpu = [f"{tree.cpu_s_per_request * 1e3:.2f} ms" for tree in (m.server, m.generator)]
        lines.append(
            f"| {run.variant.name} | {run.repeat + 1} | {words.rate(m.throughput_per_s)} "
            f"| {words.rate(m.k6_rate_per_s)} | {m.requests:,} | {m.failed:,}{f' ({codes})' if codes else ''} "
            f"| {m.interrupted:,} | {' | '.join(cells)} | {' | '.join(cpu)} | {m.listen_overflows} |"
        )
    return lines


def panel_lines(number: int, scale: Scale, result: Result) -> list[str]:
    """The gauges variant by variant as a table, and second by second as a picture."""
    return [
        "Of the worker with the highest value in each second, the median second of the window.",
        "",
        "| variant | " + " | ".join(panel_table.HEADINGS) + " |",
        "|---|" + "--:|" * len(panel_table.HEADINGS),
        *(f"| {row.variant} | {' | '.join(row.cells)} |" for row in panel_table.rows(result)),
        "",
        *picture(f"../figures/lab{number:02d}-{scale}-panel", figure_panel.description(result)),
    ]


def picture(name: str, description: str, attributes: str = "loading=lazy") -> list[str]:
    """The figure for both palettes. A lazy picture is not fetched while its palette or its fold hides it."""
    return [f"![{description}]({name}.{shade}.svg#only-{shade}){{ {attributes} }}" for shade in ("light", "dark")]


def fold(title: str, body: list[str]) -> list[str]:
    return [f'??? note "{title}"', "", *_indented(body)]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
