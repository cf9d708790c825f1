"""What `invoke diagnose` printed of a service of the course, as it was recorded."""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console

from labs.diagnose import example, search, target, terminal, words
from labs.engine.formatting import off, rate
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
    """The line that --prove adds."""
    proven = example.read().as_it_is.proof
    assert proven
    return _printed([f"proof: {proven.verdict}: {proven.says}"])


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
    """How long it takes, as the command itself says it beforehand, and how long the recorded one took."""
    about_s, most_s = search.about_s()
    found = example.read().changed
    return markdown.region(
        [
            f"About {about_s:.0f} s for a quick service, at most {most_s:.0f} s; the second one above took "
            f"{found.took_s:.0f} s. At most {target.Target.model_fields['users'].default:,} users, unless you set "
            "`--users`."
        ]
    )


def _printed(lines: Iterable[str]) -> str:
    return markdown.region(["```text", *lines, "```"])
