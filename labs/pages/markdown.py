"""The pieces of Markdown that generated regions are made of: tables, pictures, folds."""

import json
from collections.abc import Iterable, Sequence
from html import escape


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1, last_words: int = 0) -> list[str]:
    """A table; its first `words` and `last_words` columns are words and lean left, those between are numbers."""
    last = len(headings) - last_words
    rules = ["---" if place < words or place >= last else "--:" for place in range(len(headings))]
    lines = [_row(headings), f"|{'|'.join(rules)}|"]
    for row in rows:
        if len(row) != len(headings):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(headings)}: {row}")
        lines.append(_row(row))
    return lines


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def region(lines: Iterable[str]) -> str:
    """What a region of a page holds: the lines, apart from the comments around them."""
    return "\n".join(["", *lines, "", ""])


def picture(name: str, description: str, attributes: str = "loading=lazy") -> list[str]:
    """The figure for both palettes. A lazy picture is not fetched while its palette or its fold hides it."""
    return [f"![{description}]({name}.{shade}.svg#only-{shade}){{ {attributes} }}" for shade in ("light", "dark")]


def attribute(data: object) -> str:
    """The JSON that a view's JavaScript reads, for an attribute between single quotes.

    In a `<script type="application/json">` it would be run: instant navigation forgets the type.
    """
    return escape(json.dumps(data, separators=(",", ":")), quote=False).replace("'", "&#39;")


def widget(kind: str, attributes: str, data: object, name: str, description: str) -> str:
    """The region of a moving view: the still of that name, and the JSON that its JavaScript reads."""
    lines = [
        f"<div class=\"{kind}\" markdown{attributes} data-view='{attribute(data)}'>",
        "",
        *picture(f"../figures/{name}", description),
        "",
        "</div>",
    ]
    return region(lines)


def fold(title: str, body: Iterable[str]) -> list[str]:
    return [f'??? note "{title}"', "", *indented(body)]


def admonition(kind: str, title: str, body: Iterable[str]) -> list[str]:
    return [f'!!! {kind} "{title}"', "", *indented(body)]


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
