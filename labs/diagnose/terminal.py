"""A diagnosis in words, and while it runs."""

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from labs.diagnose import html, run, search
from labs.diagnose.evidence import Evidence, Step
from labs.diagnose.report import Document
from labs.diagnose.words import lines
from labs.engine import paths
from labs.engine.files import write_text
from labs.engine.formatting import NONE, duration, rate, share
from labs.engine.show.progress import LiveProgress


class Watched(LiveProgress):
    """Says each step as it has ended."""

    def stepped(self, step: Step) -> None:
        self.console.print(f"  {search.shown(step)}", highlight=False, markup=False)


def command(given: Mapping[str, Any], out: Console, err: Console) -> int:
    """What `invoke diagnose` does; returns its exit status. Raises UsageError."""
    if given.get("dry_run"):
        for line in run.dry_run(run.parsed(given)):
            out.print(line, markup=False, soft_wrap=True)
        return 0
    document, folder = run.diagnose(given, Watched(err))
    with run.written():
        write_text(folder / html.NAME, html.page(document))
    show(document, err if given.get("json") else out)
    if given.get("json"):
        print(document.model_dump_json(indent=2))
    err.print(f"kept in {paths.shown(folder)}", style="dim")
    err.print(f"report: {paths.shown(folder / html.NAME)}", style="dim", soft_wrap=True)
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
    found = Table(title="throughput and response time", title_justify="left", box=SIMPLE_HEAD, collapse_padding=True)
    busy = e.tells_loop_busy
    of_loops = ("cores/\nworker", "loop\nlag", "loop\nbusy") if busy else ("cores/worker", "loop lag")
    for heading in ("users", "per second", "p50", "p95", *of_loops, "failed"):
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
            *([NONE if step.loop_busy is None else f"{step.loop_busy:.0%}"] if busy else []),
            share(step.failed_share),
        )
    return found


def resources(e: Evidence) -> Table | None:
    """Everything that holds only so many, as it stood at the plateau."""
    if not e.judged.resources:
        return None
    found = Table(
        title="what holds only so many, at the plateau (– is unknown)",
        title_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,
    )
    for heading in ("resource", "size", "in use", "waiting", "exhausted"):
        found.add_column(heading, justify="left" if heading == "resource" else "right")
    for one in e.judged.resources:
        counts = [NONE if number is None else f"{number:,.0f}" for number in (one.size, one.in_use, one.waiting)]
        full = NONE if one.full_share is None else f"{one.full_share:.0%} of the time"
        found.add_row(one.name, *counts, full)
    return found
