"""Tables that a terminal of 80 columns shows whole: numbers are never cut, long names and headings take more lines."""

import textwrap
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

IN_WORDS = "limited by"  # the one column beside the names that isn't numbers


def table(title: str, headings: Sequence[str], rows: Sequence[tuple[str, Sequence[object]]], width: int) -> Table:
    """Under `headings` the cells of each row, after its variant's name."""
    found = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        min_width=_least(title, width),
    )
    found.add_column("variant", min_width=12, overflow="fold")
    for place, heading in enumerate(headings):
        if heading == IN_WORDS:
            found.add_column(heading)
            continue
        longest = max([len(str(cells[place])) for _, cells in rows] + [len(word) for word in heading.split()])
        found.add_column("\n".join(textwrap.wrap(heading, longest)), justify="right", no_wrap=True)
    for name, cells in rows:
        found.add_row(name, *map(str, cells))
    return found


def _least(title: str, width: int) -> int:
    """As wide as its title, which would take two lines above a narrow table."""
    return min(width, len(title))
