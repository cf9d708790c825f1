"""The generated regions that every lab page has, made from its captures.

A page calls one in a comment, `<!-- [[[cog cog.out(results.table(2)) ]]] -->`, and the output follows it.
The tables of single labs are in their folders' `tables.py`, those across labs in the modules beside this one.
"""

from statistics import median

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE, duration, rate, size, spread
from labs.engine.judgement.outcome import Verdict
from labs.engine.judgement.verdict import judge
from labs.engine.results.result import Result, by_variant, median_runs
from labs.engine.show import report, server_metrics
from labs.engine.show.rows import has_probe, table_rows, without_dashes
from labs.pages import figure_server_metrics, figure_timeline, markdown, simulated
from labs.pages import figures as drawn
from labs.pages.captured import captured
from labs.simulator.simulate import Simulated

SYMBOLS = {"reproduced": "success", "not reproduced": "failure", "inconclusive": "warning"}

# --- what pages call ---------------------------------------------------------------------


def table(number: int, scale: Scale = "post") -> str:
    """The lab's table, its verdict with reasons, and how it was captured."""
    lab = catalog.lab(number)
    result = captured(lab, scale)
    verdict = _verdict(judge(lab, result))
    return markdown.region([*_table(lab, result), "", *verdict, "", *_provenance(result)])


def figures(number: int, scale: Scale = "post", metrics_in_fold: bool = True) -> str:
    """The throughput and timeline pictures of a capture; behind folds the server metrics and the figures' data.

    A page that shows the server metrics in the open asks for them to be left out here.
    """
    lab = catalog.lab(number)
    result = captured(lab, scale)
    stem = f"../figures/lab{lab.number:02d}-{scale}"
    seconds = "Second by second: response times, requests in flight, CPU, memory, threads, descriptors"
    lines = [
        *markdown.picture(f"{stem}-throughput", drawn.throughput_description(result)),
        "",
        *markdown.picture(f"{stem}-timeline", figure_timeline.description(result)),
        "",
        "The shaded part of the timeline is the window in which throughput is counted. The line is the prediction.",
        "",
        *markdown.fold(seconds, markdown.picture(f"{stem}-resources", figure_timeline.resources_description(result))),
        "",
    ]
    if metrics_in_fold and server_metrics.rows(result):
        lines += [*markdown.fold("Server metrics", _server_metrics(lab, scale, result)), ""]
    return markdown.region([*lines, *markdown.fold("The figures' data", _data_table(result))])


def throughput_figure(number: int, scale: Scale = "auto") -> str:
    """The throughput picture alone: where it is the figure that makes the lab's point."""
    shown = captured(catalog.lab(number), scale)
    return markdown.region(
        markdown.picture(f"../figures/lab{number:02d}-{scale}-throughput", drawn.throughput_description(shown))
    )


def summary(number: int, scale: Scale = "post") -> str:
    """The line a run ends with, as the terminal shows it."""
    lab = catalog.lab(number)
    result = captured(lab, scale)
    return markdown.region(["```text", report.summary_line(lab, result, judge(lab, result)), "```"])


def metrics(number: int, scale: Scale = "auto") -> str:
    """Server metrics, in the open."""
    lab = catalog.lab(number)
    return markdown.region(_server_metrics(lab, scale, captured(lab, scale)))


def probes(number: int, scale: Scale = "auto") -> str:
    """The response times of the probe beside every variant, in the median repeat."""
    rows = []
    for name, run in median_runs(captured(catalog.lab(number), scale)).items():
        if times := run.measurement.probe:
            felt = (times.min, times.p50, times.p90, times.p99, times.max)
            rows.append((name, f"{times.samples:,}", f"{run.measurement.probe_failed:,}", *map(duration, felt)))
    headings = ("variant", "probe's requests", "failed", "fastest", "p50", "p90", "p99", "slowest")
    return markdown.region(markdown.table(headings, rows))


# --- their parts -------------------------------------------------------------------------


def _table(lab: Lab, result: Result) -> list[str]:
    beside = {name: simulated.beside(run, result) for name, run in median_runs(result).items()}
    simulates, probed = any(beside.values()), has_probe(result)
    grouped = by_variant(result)
    headings = [
        *("variant", "post", "theory"),
        *(["[simulated](../simulator.md)"] if simulates else []),
        *("reference", "range", "p50", "p95", "failed", "limited by"),
        *(["probe's p99"] if probed else []),
    ]
    rows = [
        [
            *(row.variant, row.post, row.theory),
            *([_simulated(beside[row.variant])] if simulates else []),
            *(row.yours, spread([run.throughput_per_s for run in grouped[row.variant]])),
            *(row.with_left_out(row.p50), row.with_left_out(row.p95), row.failed, row.limited_by),
            *([row.probe] if probed else []),
        ]
        for row in table_rows(lab, result, None)
    ]
    if limits := result.database_limit_per_s:
        before, after = [NONE] * (3 if simulates else 2), [NONE] * 3
        reached = [rate(median(limits)), spread(limits)]
        last = [NONE] if probed else []
        rows.append(["pgbench, the database alone", *before, *reached, *after, "the database", *last])
    often = sorted({len(runs) for runs in by_variant(result).values()})
    times = str(often[0]) if len(often) == 1 else f"{often[0]} or {often[-1]}"
    says = f"Steady throughput in requests/s, the median of {times} repeats. In brackets: the share of theory."
    return [says, "", *markdown.table(*without_dashes(headings, rows), last_words=2 if probed else 1)]


def _simulated(outcome: Simulated | None) -> str:
    return NONE if outcome is None else f"{rate(outcome.throughput_per_s)}, p95 {duration(outcome.p95_s)}"


def _verdict(verdict: Verdict) -> list[str]:
    body = [*(f"- {reason}" for reason in verdict.reasons), *(f"- note: {warning}" for warning in verdict.warnings)]
    body += ["", f"The post **{report.POST_SAID[verdict.post]}**: {verdict.post_reason}."]
    return markdown.admonition(SYMBOLS[verdict.outcome], f"Verdict: {verdict.outcome}", body)


def _provenance(result: Result) -> list[str]:
    origin = result.provenance
    versions = ", ".join(f"{name} {version}" for name, version in sorted(origin.versions.items()))
    settings = " ".join(f"{name}={value}" for name, value in sorted(origin.environment.items()))
    server = ", ".join(f"{run.measurement.server.cpu_cores:.2f}" for run in result.runs)
    generator = ", ".join(f"{run.measurement.generator.cpu_cores:.2f}" for run in result.runs)
    body = [
        f"- {origin.started_at}, commit `{origin.commit[:12]}`{' with changes' if origin.dirty else ''}",
        f"- {origin.cpu}, {origin.cores:g} cores, {size(origin.memory_bytes)} memory, {origin.system}",
        f"- {versions}",
        f"- `{' '.join(origin.server_argv)}`",
        f"- `{' '.join(origin.generator_argv)}` with `{settings}`",
        f"- cores used by the server in each run: {server}; by the generator: {generator}",
        f"- in the first run, the server was ready after {result.runs[0].measurement.boot_s:.1f} s",
    ]
    return markdown.fold("How this was captured", body)


def _data_table(result: Result) -> list[str]:
    headings = (
        *("variant", "repeat", "throughput/s", "k6's rate/s", "requests", "failed, by k6's code", "interrupted"),
        *("p50", "p95", "p99", "max", "server CPU per request", "generator CPU per request", "listen overflows"),
    )
    rows = []
    for run in result.runs:
        m, times = run.measurement, run.times
        codes = ", ".join(f"{count:,} × {code}" for code, count in m.errors.items())
        cells = [
            *(run.variant.name, run.repeat + 1, rate(m.throughput_per_s), rate(m.k6_rate_per_s), f"{m.requests:,}"),
            *(f"{m.failed:,}{f' ({codes})' if codes else ''}", f"{m.interrupted:,}"),
            *map(duration, (times.p50, times.p95, times.p99, times.max) if times.samples else (None,) * 4),
            *(f"{tree.cpu_s_per_request * 1e3:.2f} ms" for tree in (m.server, m.generator)),
            NONE if m.listen_overflows is None else m.listen_overflows,
        ]
        rows.append(cells)
    return markdown.table(headings, rows)


def _server_metrics(lab: Lab, scale: Scale, result: Result) -> list[str]:
    """The gauges variant by variant as a table, and second by second as a picture."""
    rows = [(row.variant, *row.cells) for row in server_metrics.rows(result)]
    headings = ("variant", *server_metrics.HEADINGS)
    name = f"../figures/lab{lab.number:02d}-{scale}-server-metrics"
    return [
        "The busiest worker's value, in a typical second.",
        "",
        *markdown.table(*without_dashes(headings, rows)),
        "",
        *markdown.picture(name, figure_server_metrics.description(result)),
    ]
