"""What `invoke diagnose` printed of a service of the course, as it was recorded."""

import ast
import textwrap
from collections.abc import Iterable
from io import StringIO

from rich.console import Console

from labs.diagnose import bench, example, search, target, terminal, words
from labs.diagnose.report import Document
from labs.engine.formatting import off, rate
from labs.engine.harness import inside_modules
from labs.engine.harness.server import INSIDE
from labs.pages import markdown

WIDTH = 80


def output() -> str:
    """The terminal's whole output, without what only --prove and --rate add."""
    document = example.read().as_it_is.model_copy(update={"proof": None, "headroom": None})
    console = Console(file=StringIO(), width=WIDTH)
    terminal.show(document, console)
    assert isinstance(console.file, StringIO)
    return _printed(line.rstrip() for line in console.file.getvalue().strip("\n").splitlines())


def proof() -> str:
    """The line that --prove adds, where the service sets its tokens itself."""
    return _proof(example.read().as_it_is)


def proven() -> str:
    """The same where the service leaves them at their default."""
    return _proof(example.read().proven)


def _proof(document: Document) -> str:
    assert document.proof
    return _printed([f"proof: {document.proof.verdict}: {document.proof.says}"])


def changed() -> str:
    """What came of the change, beside what was predicted of it."""
    found = example.read()
    advised = found.as_it_is.change
    assert advised and advised.predicted_per_s
    predicted, measured = advised.predicted_per_s, found.changed.throughput_per_s
    said = f"predicted {rate(predicted)}/s, measured {rate(measured)}/s ({off(measured / predicted - 1)})"
    return markdown.region([f"With {advised.after} tokens: {said}. The diagnosis then says: {found.changed.sentence}."])


def headroom() -> str:
    """The lines that --rate and --p95 add."""
    asked = example.read().as_it_is.headroom
    assert asked
    return _printed(words.kept(asked))


def duration() -> str:
    """How long it takes, as the command itself says it beforehand, and how much it sends."""
    quick_s, slow_s = search.about_s()
    users = target.Target.model_fields["users"].default
    return markdown.region(
        [
            f"It takes about {quick_s:.0f} s for a quick service and about {slow_s:.0f} s for a slow one, with "
            f"`--prove` up to {bench.STEADY_LONGEST_S + 15:.0f} s longer. It never sends for more than {users:,} users "
            "at once; `--users` sets another limit."
        ]
    )


def seen() -> str:
    """What is noted inside the service: each module that does says so in its first line."""
    files = (INSIDE / "course_metrics" / f"{name}.py" for name in inside_modules.EVERY)
    said = [(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()[0] for file in files]
    return markdown.region([f"- {line.rstrip('.')}" for line in said])


def _printed(lines: Iterable[str]) -> str:
    """As a terminal that is `WIDTH` wide shows them, broken between words."""
    broken = (part for line in lines for part in (textwrap.wrap(line, WIDTH) if len(line) > WIDTH else [line]))
    return markdown.region(["```text", *broken, "```"])
