"""The command line: `invoke --list` is the table of contents, `invoke lab2` runs lab 2.

A new command is one more task in a module of `labs/command_line/`.
"""

import re
from typing import Any

from invoke.collection import Collection
from invoke.program import Program

from labs import catalog
from labs.command_line import at_work, keeping, learning, recording


def in_numeric_order() -> None:
    """`invoke --list`, lab10 after lab9: invoke itself sorts by letters and offers no other order."""
    listed = Program._make_pairs

    def ordered(program: Program, *arguments: Any, **named: Any) -> list[tuple[str, str | None]]:
        pairs = listed(program, *arguments, **named)
        return sorted(pairs, key=lambda pair: [part.zfill(4) for part in re.split(r"(\d+)", pair[0])])

    Program._make_pairs = ordered  # type: ignore[method-assign,assignment]


in_numeric_order()
ns = Collection()
for group in (learning, at_work, recording, keeping):
    for one in Collection.from_module(group).tasks.values():
        ns.add_task(one)
for lab in catalog.labs():
    ns.add_task(learning.lab_task(lab))
