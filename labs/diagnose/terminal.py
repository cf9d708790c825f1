"""A diagnosis in words, and while it runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from labs.diagnose import run, search, target
from labs.diagnose.change import Change
from labs.diagnose.evidence import Evidence, Step
from labs.diagnose.headroom import Headroom
from labs.diagnose.report import Document
from labs.engine import paths
from labs.engine.formatting import NONE, duration, rate, share
from labs.engine.show.progress import LiveProgress

UNEVEN = 3.0  # p95 ÷ median of one user alone


class Watched(LiveProgress):
    """Says each step as it has ended."""

    def stepped(self, step: Step) -> None:
        self.console.print(f"  {search.shown(step)}", highlight=False, markup=False)


def command(given: Mapping[str, Any], out: Console, err: Console) -> int:
    """What `invoke diagnose` does; returns its exit status. Raises UsageError."""
    if given.get("dry_run"):
        for line in run.dry_run(target.parse(given)):
            out.print(line, markup=False, soft_wrap=True)
        return 0
    document, folder = run.diagnose(given, Watched(err))
    show(document, err if given.get("json") else out)
    if given.get("json"):
        print(document.model_dump_json(indent=2))
    err.print(f"kept in {paths.shown(folder)}", style="dim")
    return run.exit_status(document)


def show(document: Document, console: Console) -> None:
    """The tables, then the words."""
    console.print()
    console.print(table(document.evidence))
    if held := resources(document.evidence):
        console.print(held)
    first, *rest = lines(document)
    console.print(first, style="bold", markup=False, soft_wrap=True)
    for line in rest:
        console.print(line, markup=False, soft_wrap=True)


def table(e: Evidence) -> Table:
    """Throughput and response time over the number of users."""
    found = Table(title="throughput and response time", title_justify="left")
    for heading in ("users", "per second", "p50", "p95", "cores/worker", "loop lag", "failed"):
        found.add_column(heading, justify="right")
    for step in (*e.steps, *filter(None, (e.overload, e.steady))):
        cpu = NONE if step.worker_cores is None else f"{step.worker_cores:.2f}"
        found.add_row(
            f"{step.users:,}{' (steady)' if step is e.steady else ''}",
            rate(step.throughput_per_s),
            duration(step.p50_s),
            duration(step.p95_s),
            cpu,
            duration(step.loop_lag_s),
            share(step.failed_share),
        )
    return found


def resources(e: Evidence) -> Table | None:
    """Everything that holds only so many, as it stood at the plateau."""
    if not e.judged.resources:
        return None
    found = Table(title="what holds only so many, at the plateau (– is unknown)", title_justify="left")
    for heading in ("resource", "size", "in use", "waiting", "exhausted"):
        found.add_column(heading, justify="left" if heading == "resource" else "right")
    for one in e.judged.resources:
        counts = [NONE if number is None else f"{number:,.0f}" for number in (one.size, one.in_use, one.waiting)]
        full = NONE if one.full_share is None else f"{one.full_share:.0%} of the time"
        found.add_row(one.name, *counts, full)
    return found


def lines(document: Document) -> Iterator[str]:
    """The sentence first, then why, what to change, what comes next."""
    e = document.evidence
    yield document.sentence
    for place, reason in enumerate(document.finding.because):
        if reason not in document.sentence:
            yield f"  {'because ' if place == 0 else ''}{reason}"
    if e.alone.p95_s > UNEVEN * e.alone.p50_s:
        yield (
            f"  one user alone: half of the responses within {duration(e.alone.p50_s)}, 95% within "
            f"{duration(e.alone.p95_s)}, so not every request is alike"
        )
    if e.no_metrics and document.finding.answer != "places of an unknown kind":
        yield f"  no server metrics: {e.no_metrics}"
    if document.change:
        yield from _change(document.change)
    if document.proof:
        yield f"proof: {document.proof.verdict}: {document.proof.says}"
    if document.headroom:
        yield from _headroom(document.headroom)
    if document.expected:
        yield f"expectation {document.expected.outcome}: {document.expected.says}"
    if document.lab:
        yield f"learn how this works: invoke lab{document.lab}"


def _change(change: Change) -> Iterator[str]:
    yield f"change: {change.says}"
    if change.predicted_per_s:
        about = "" if change.clock_limited else f" ({rate(change.low_per_s)} to {rate(change.high_per_s)}: CPU decides)"
        yield f"  predicted with {change.counted}: {rate(change.predicted_per_s)}/s{about}"
    if change.then:
        yield f"  {change.then}"


def _headroom(h: Headroom) -> Iterator[str]:
    """Whether the stated rate keeps its percentile."""
    asked = f"{rate(h.rate_per_s)}/s at random with a p95 of {duration(h.wanted_s)}"
    if h.keeps:
        yield f"headroom: {asked}: kept, the p95 is at most about {duration(h.p95_s)}"
        return
    why = "beyond a ceiling" if h.p95_s is None else f"the p95 would be about {duration(h.p95_s)}"
    yield f"headroom: {asked}: not kept, {why}"
    if h.machine_allows_per_s and h.rate_per_s > h.machine_allows_per_s:
        yield f"  this machine, which runs k6 as well, has CPU for {rate(h.machine_allows_per_s)}/s"
        return
    if h.workers:
        yield f"  {h.workers} workers keep it"
    if h.places:
        yield f"  {h.places:,} of the {h.of} per worker keep it"
