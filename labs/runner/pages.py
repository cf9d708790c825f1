"""Fills the generated regions of the pages from the captures: what cog calls, and cog's run itself.

A region is one comment with one call, `<!-- [[[cog cog.out(results(2)) ]]] -->`, then the output.
"""

from pathlib import Path

from cogapp.cogapp import Cog, CogError  # type: ignore[import-untyped]

from labs import catalog
from labs.runner import figure, report, store
from labs.runner.model import Lab, Result, Scale, UsageError, Verdict
from labs.runner.verdict import by_variant, judge, median_run

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FIGURES = DOCS / "labs" / "figures"
PROLOGUE = "from labs.runner.pages import *"
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
        *_picture(f"{stem}-throughput", figure.throughput_description(result)),
        "",
        *_picture(f"{stem}-timeline", figure.timeline_description(result)),
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
    """Every lab with its captured verdict; `pages` is the path from the page to docs/labs/."""
    lines = [
        "",
        "| lab | claim | predicted | measured | error | verdict |",
        "|---|---|--:|--:|--:|---|",
    ]
    for lab in catalog.labs():
        result = store.reference(catalog.folder(lab), "post")
        link = f"[{lab.name} {lab.title}]({pages}lab{lab.number:02d}.md)"
        if result is None:
            lines.append(f"| {link} | {lab.claim} | – | – | – | not captured |")
            continue
        judged = [runs for runs in by_variant(result).values() if runs[0].variant.judged]
        run = next((median_run(runs) for runs in judged if runs[0].prediction.forecasts), median_run(judged[0]))
        measured, predicted = run.measurement.throughput_per_s, run.prediction.throughput_per_s
        error = report.share(measured / predicted - 1) if predicted else report.NONE
        lines.append(
            f"| {link} | {lab.claim} | {report.rate(predicted)} | {report.rate(measured)} | {error} "
            f"| {judge(lab, result).outcome} |"
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
    return [
        f"![{description}](figures/{name}.light.svg#only-light)",
        f"![{description}](figures/{name}.dark.svg#only-dark)",
    ]


def _fold(title: str, body: list[str]) -> list[str]:
    return [f'??? note "{title}"', "", *_indented(body)]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


# --- the run -----------------------------------------------------------------------------


def pictures() -> dict[Path, str]:
    """Every figure of every capture, as the file it belongs in and its text."""
    drawn = {}
    for lab in catalog.labs():
        for scale in lab.captured_at:
            result = store.reference(catalog.folder(lab), scale)
            if result is None:
                continue
            for kind, draw in (("throughput", figure.throughput(result)), ("timeline", figure.timeline(result))):
                for palette in figure.PALETTES:
                    path = FIGURES / f"lab{lab.number:02d}-{scale}-{kind}.{palette.name}.svg"
                    drawn[path] = figure.svg(draw, palette)
    return drawn


def generated() -> dict[Path, str]:
    """Every file that has generated content, and what it should hold."""
    cog = Cog()
    cog.options.prologue = PROLOGUE
    wanted = pictures()
    for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        if "[[[cog" in text:
            try:
                wanted[path] = cog.process_string(text, str(path))
            except CogError as error:
                raise UsageError(f"{path.relative_to(ROOT)}: {str(error).splitlines()[-1]}") from error
    return wanted


def render(check: bool) -> list[Path]:
    """Bring every generated file up to date, or with `check` only find out; returns the stale ones.

    A figure that no capture draws any more is stale too.
    """
    wanted = generated()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    orphans = [path for path in sorted(FIGURES.glob("*.svg")) if path not in wanted]
    if not check:
        for path in stale:
            store.write_text(path, wanted[path])
        for path in orphans:
            path.unlink()
    return [*stale, *orphans]
