"""Pure: results in; terminal tables, Markdown and JSON out. Judges nothing, draws nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from labs.runner import words
from labs.runner.model import Lab, Machine, Measurement, PostRow, Result, Run, Verdict
from labs.runner.verdict import by_variant, interval, median_run, post_observed
from labs.runner.words import NONE, duration, rate, share

GRADES = {
    "reproduced": "the target is met",
    "not reproduced": "the target is not met",
    "inconclusive": "whether the target is met cannot be said",
}
COLOURS = {"reproduced": "green", "not reproduced": "red", "inconclusive": "yellow"}


# --- the one table -----------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One variant as the tables show it; every cell is text."""

    variant: str
    post: str
    theory: str
    reference: str
    yours: str
    p50: str
    p95: str
    failed: str
    bound_by: str
    bystander: str  # p99 of the second stream


def has_bystander(result: Result) -> bool:
    return any(run.variant.bystander for run in result.runs)


def _versus(per_s: float, predicted: float | None) -> str:
    return f"{rate(per_s)} ({share(per_s / predicted)})" if predicted else rate(per_s)


def table_rows(lab: Lab, result: Result, reference: Result | None) -> list[Row]:
    """Steady throughputs a second, in brackets the share of that run's own theory; medians of repeats."""
    posted = post_cells(lab, result)
    known = {name: median_run(runs) for name, runs in by_variant(reference).items()} if reference else {}
    rows = []
    for name, runs in by_variant(result).items():
        run = median_run(runs)
        m, predicted = run.measurement, run.prediction.throughput_per_s
        kept = known.get(name)
        rows.append(
            Row(
                variant=name,
                post=posted.get(name, NONE),
                theory=rate(predicted) if predicted else "measured here",
                reference=_versus(kept.measurement.throughput_per_s, kept.prediction.throughput_per_s)
                if kept
                else NONE,
                yours=_versus(m.throughput_per_s, predicted),
                p50=_censored(m, m.response_time_s.p50, run),
                p95=_censored(m, m.response_time_s.p95, run),
                failed=share(m.failed_share),
                bound_by=run.prediction.bound_by if predicted else "CPU, calibrating",
                bystander=_bystander(m, run),
            )
        )
    return rows


def _bystander(measurement: Measurement, run: Run) -> str:
    other = measurement.bystander
    if run.variant.bystander is None or other is None or not other.samples:
        return NONE
    timeout_s = run.variant.bystander.timeout_s
    return f"≥ {duration(timeout_s)}" if other.timed_out and other.p99 >= 0.999 * timeout_s else duration(other.p99)


def _censored(measurement: Measurement, value: float, run: Run) -> str:
    """A percentile at the client's timeout is a lower limit, and shown as one."""
    if not measurement.response_time_s.samples:
        return NONE
    timed_out = measurement.response_time_s.timed_out and value >= 0.999 * run.variant.load.timeout_s
    return f"≥ {duration(run.variant.load.timeout_s)}" if timed_out else duration(value)


def post_cells(lab: Lab, result: Result) -> dict[str, str]:
    """The post's steady throughput by variant name, where the lab repeats one of its rows."""
    rows: Mapping[str, PostRow] = {row.id: row for row in lab.sources}
    cells = {}
    for variant in lab.rows("post", Machine(result.provenance.cores)):
        if variant.source is not None and variant.source in rows:
            seen = post_observed(rows[variant.source], variant)
            cells[variant.name] = _versus(
                seen.throughput_per_s, seen.predicted_per_s if lab.calibrate is None else None
            )
    return cells


def terminal_table(lab: Lab, result: Result, reference: Result | None, width: int) -> Table:
    """post | theory | reference | yours, in requests a second; fewer columns where it is narrow."""
    table = Table(title=f"lab {lab.number}: {lab.title}, steady throughput in requests/s", title_justify="left")
    table.add_column("variant")
    for heading in ("post", "theory", "reference", "yours"):
        table.add_column(heading, justify="right")
    wide = width >= 120
    if wide:
        for heading in ("p50", "p95", "failed"):
            table.add_column(heading, justify="right")
        table.add_column("bound by")
    if beside := has_bystander(result):
        table.add_column("bystander's p99", justify="right")
    for row in table_rows(lab, result, reference):
        cells = [row.variant, row.post, row.theory, row.reference, row.yours]
        last = (row.bystander,) if beside else ()
        table.add_row(*cells, *((row.p50, row.p95, row.failed, row.bound_by) if wide else ()), *last)
    return table


def scale_note(result: Result, reference: Result | None) -> str | None:
    """A sentence where the columns are of different scales: then only the shares compare."""
    if result.scale == "post" and not result.experiment:
        return None
    ours = "your own settings" if result.experiment else f"the {result.scale} scale"
    other = f"reference ran at the {reference.scale} scale" if reference else "there is no reference yet"
    return f"The post ran at its own scale, {other}, you at {ours}: compare the shares of theory in brackets."


def noise_note(lab: Lab, result: Result) -> str | None:
    """What this machine's noise floor is, or how to learn it."""
    if lab.measures_noise:
        return None
    if result.noise is None:
        return "The noise floor of this machine is not known; invoke lab0 measures it."
    return f"Noise floor of this machine: {words.noise(result.noise.clock_bound, result.noise.cpu_bound)}."


def verdict_lines(lab: Lab, verdict: Verdict, result: Result) -> Text:
    """The verdict, its reasons, and separately what the post says to it."""
    text = Text()
    text.append(verdict.outcome, style=f"bold {COLOURS[verdict.outcome]}")
    claim = f"{GRADES[verdict.outcome]}: {lab.claim}" if lab.grades else lab.claim
    text.append(f": {claim}\n" if not result.experiment else f" (your own experiment): {claim}\n")
    for reason in verdict.reasons:
        text.append(f"  {reason}\n")
    for warning in verdict.warnings:
        text.append(f"  note: {warning}\n", style="yellow")
    text.append(f"the post {verdict.post}: {verdict.post_reason}")
    return text


def summary_line(lab: Lab, result: Result, verdict: Verdict) -> str:
    """One line: measured, predicted, bound by, verdict, of the last judged variant; a grade is of the first."""
    runs = [median_run(runs) for runs in by_variant(result).values()]
    if lab.grades:
        m = runs[0].measurement
        seen = f"{rate(m.throughput_per_s)}/s, p99 {duration(m.response_time_s.p99)}"
        return f"{runs[0].variant.name}: measured {seen}: {GRADES[verdict.outcome]}"
    judged = [run for run in runs if run.variant.judged and run.prediction.throughput_per_s]
    if not judged:
        return verdict.outcome
    run = next((run for run in judged if run.variant.source), judged[-1])
    return (
        f"{run.variant.name}: measured {rate(run.measurement.throughput_per_s)}/s, "
        f"predicted {rate(run.prediction.throughput_per_s)}/s, {run.prediction.binding}: {verdict.outcome}"
    )


# --- machine-readable --------------------------------------------------------------------


def document(result: Result, verdict: Verdict) -> dict[str, Any]:
    """What `--json` prints: medians over repeats, one entry a variant."""
    return {
        "lab": result.lab,
        "slug": result.slug,
        "scale": result.scale,
        "experiment": result.experiment,
        "repeats": result.repeats,
        "verdict": verdict.outcome,
        "reasons": list(verdict.reasons),
        "checks": [
            {
                "says": check.says,
                "passed": check.passed,
                "value": check.value,
                "interval": interval(check.values)[:2],
                "confidence": interval(check.values)[2],
                "low": check.low,
                "high": check.high,
            }
            for check in verdict.checks
        ],
        "warnings": list(verdict.warnings),
        "post": verdict.post,
        "post_reason": verdict.post_reason,
        "variants": [_entry(runs) for runs in by_variant(result).values()],
    }


def _bystander_entry(m: Measurement) -> dict[str, Any] | None:
    if m.bystander is None:
        return None
    times = {key: getattr(m.bystander, key) for key in ("p50", "p90", "p95", "p99", "max")}
    return {"response_time_s": times, "requests": m.bystander.samples, "failed": m.bystander_failed}


def _panel_entry(m: Measurement) -> dict[str, Any] | None:
    if m.panel is None:
        return None
    return {name: {"typical": m.panel.typical(name), "highest": m.panel.highest(name)} for name in m.panel.gauges}


def _entry(runs: Sequence[Run]) -> dict[str, Any]:
    run = median_run(runs)
    m, times = run.measurement, run.measurement.response_time_s
    return {
        "name": run.variant.name,
        "path": run.variant.url_path,
        "workers": run.variant.workers,
        "vus": run.variant.load.vus,
        "thread_tokens": run.variant.thread_tokens,
        "bound_by": run.prediction.bound_by,
        "predicted_throughput_per_s": run.prediction.throughput_per_s,
        "throughput_per_s": m.throughput_per_s,
        "throughput_per_s_of_repeats": [r.measurement.throughput_per_s for r in runs],
        "k6_rate_per_s": m.k6_rate_per_s,
        "response_time_s": {key: getattr(times, key) for key in ("p50", "p90", "p95", "p99", "max")},
        "samples": times.samples,
        "bystander": _bystander_entry(m),
        "panel": _panel_entry(m),
        "timed_out": times.timed_out,
        "requests": m.requests,
        "failed_share": m.failed_share,
        "interrupted": m.interrupted,
        "dropped": m.dropped,
        "server_cpu_cores": m.server.cpu_cores,
        "server_cpu_s_per_request": m.server.cpu_s_per_request,
        "generator_cpu_cores": m.generator.cpu_cores,
        "other_cpu_cores": m.other_cpu_cores,
        "harness_cpu_cores": m.harness_cpu_cores,
        "server_rss_bytes": m.server.rss_bytes,
        "server_threads": m.server.threads,
        "server_fds": m.server.fds,
        "worker_answers": list(m.worker_answers),
        "listen_overflows": m.listen_overflows,
        "database_fatals": m.database_fatals,
        "start_error": m.start_error,
        "boot_s": m.boot_s,
        "load_s": m.load_s,
        "overhead_s": m.overhead_s,
    }
