"""What the command line prints: results, one-line errors, and its list in the order of numbers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from invoke.exceptions import Exit
from invoke.program import Program
from rich.console import Console
from rich.markup import escape

from labs import catalog
from labs.runner import panel_table, report, store, verdict
from labs.runner.model import Lab, Result, UsageError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What the user can mend ends in one line and status 2, Ctrl-C in status 130; the rest is a crash."""
    try:
        yield
    except UsageError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise Exit(code=2) from error
    except KeyboardInterrupt as error:
        err.print("interrupted; everything that was started has been stopped")
        raise Exit(code=130) from error


def show_result(lab: Lab, result: Result, as_json: bool) -> int:
    """Print table and verdict (or one JSON document) and return the exit status."""
    judged = verdict.judge(lab, result)
    reference = reference_for(lab, result)
    console = err if as_json else out
    console.print()
    console.print(report.terminal_table(lab, result, reference, console.width))
    if panel := panel_table.terminal(result):
        console.print(panel)
    if note := report.scale_note(result, reference):
        console.print(note, style="dim")
    if note := report.noise_note(lab, result):
        console.print(note, style="dim")
    console.print(report.verdict_lines(lab, judged, result))
    console.print(report.summary_line(lab, result, judged), style="bold")
    if as_json:
        print(json.dumps(report.document(result, judged), indent=2))
    return verdict.EXIT_STATUS[judged.outcome]


def reference_for(lab: Lab, result: Result) -> Result | None:
    """The capture at the result's own scale if there is one, else the one at the post's."""
    folder = catalog.folder(lab)
    return store.reference(folder, result.scale) or store.reference(folder, "post")


def sorts_numbers() -> None:
    """`invoke --list`, lab10 after lab9: invoke itself sorts by letters and offers no other order."""
    listed = Program._make_pairs

    def in_order(program: Program, *arguments: Any, **named: Any) -> list[tuple[str, str | None]]:
        pairs = listed(program, *arguments, **named)
        return sorted(pairs, key=lambda pair: [part.zfill(4) for part in re.split(r"(\d+)", pair[0])])

    Program._make_pairs = in_order  # type: ignore[method-assign,assignment]
