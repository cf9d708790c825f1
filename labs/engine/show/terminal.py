"""Shows a result on the terminal: the table, the server metrics, the verdict; or one JSON document."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from invoke.exceptions import Exit
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from labs.engine.declare.lab import Lab
from labs.engine.errors import UsageError
from labs.engine.judgement.outcome import EXIT_STATUS, Verdict
from labs.engine.results.result import Result
from labs.engine.show import report, server_metrics
from labs.engine.show.document import document
from labs.engine.show.rows import Row, has_probe, table_rows, without_dashes
from labs.engine.show.tables import IN_WORDS, table

WIDE = 120  # columns, for throughputs and response times side by side
COLORS = {"reproduced": "green", "not reproduced": "red", "inconclusive": "yellow"}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What the user can fix ends in one line and status 2, Ctrl-C in status 130; the rest is a crash."""
    try:
        yield
    except UsageError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise Exit(code=2) from error
    except KeyboardInterrupt as error:
        err.print(f"interrupted. Everything that the command started has been stopped. {error}".strip(), markup=False)
        raise Exit(code=130) from error


def show_result(
    lab: Lab, result: Result, verdict: Verdict, reference: Result | None, as_json: bool, ran_here: bool = True
) -> int:
    """Print table and verdict (or one JSON document) and return the exit status.

    Of a run that didn't take place here, this machine's noise floor says nothing.
    """
    console = err if as_json else out
    console.print()
    rows = table_rows(lab, result, reference)
    for one in tables(lab, result, rows, console.width):
        console.print(one)
    if metrics := server_metrics.terminal(result, console.width):
        console.print(metrics)
    noise = report.noise_note(lab, result) if ran_here else None
    for note in (report.left_out_note(rows), report.scale_note(lab, result, reference), noise):
        if note:
            console.print(note, style="dim")
    console.print(verdict_lines(lab, verdict, result))
    console.print(report.summary_line(lab, result, verdict), style="bold")
    if as_json:
        print(document(result, verdict).model_dump_json(indent=2))
    return EXIT_STATUS[verdict.outcome]


def tables(lab: Lab, result: Result, rows: Sequence[Row], width: int) -> list[Table]:
    """post | theory | reference | yours, in requests per second, and the response times, beside them if wide."""
    throughputs = {"post": "post", "theory": "theory", "reference": "reference", "yours": "yours"}
    times = {"p50": "p50", "p95": "p95", "users left out": "left_out", "failed": "failed"}
    times |= {"probe's p99": "probe"} if has_probe(result) else {}
    times |= {IN_WORDS: "limited_by"}
    title = f"lab {lab.number}: {lab.title}, steady throughput in requests/s"
    if width >= WIDE:
        return [_table(title, throughputs | times, rows, width)]
    return [_table(title, throughputs, rows, width), _table("response times", times, rows, width)]


def _table(title: str, columns: Mapping[str, str], rows: Sequence[Row], width: int) -> Table:
    """`columns`: of each heading the field of a row; those in which every row has a dash are left out."""
    numbers = [[getattr(row, field) for field in columns.values()] for row in rows]
    headings, cells = without_dashes(list(columns), numbers)
    return table(title, headings, [(row.variant, of_row) for row, of_row in zip(rows, cells, strict=True)], width)


def verdict_lines(lab: Lab, verdict: Verdict, result: Result) -> Text:
    """The verdict and its reasons, and in a line of its own whether the post agrees."""
    text = Text()
    text.append(verdict.outcome, style=f"bold {COLORS[verdict.outcome]}")
    claim = f"{report.GRADES[verdict.outcome]}: {lab.claim}" if lab.grades else lab.claim
    text.append(f": {claim}\n" if not result.experiment else f" (your own experiment): {claim}\n")
    for reason in verdict.reasons:
        text.append(f"  {reason}\n")
    for warning in verdict.warnings:
        text.append(f"  note: {warning}\n", style="yellow")
    text.append(f"the post {report.POST_SAID[verdict.post]}: {verdict.post_reason}")
    return text
