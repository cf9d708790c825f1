"""The command line: `invoke --list` is the table of contents, `invoke lab2` runs lab 2.

A new command is one more task in a module of `labs/command_line/`.
"""

import re
from typing import Any

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.program import Program

from labs import catalog
from labs.command_line import at_work, keeping, learning, mistyped, recording


def in_numeric_order() -> None:
    """`invoke --list`, lab10 after lab9 and without aliases: invoke itself sorts by letters, and offers no choice."""
    listed = Program._make_pairs

    def ordered(program: Program, *arguments: Any, **named: Any) -> list[tuple[str, str | None]]:
        pairs = [(name.partition(" (")[0], says) for name, says in listed(program, *arguments, **named)]
        return sorted(pairs, key=lambda pair: [part.zfill(4) for part in re.split(r"(\d+)", pair[0])])

    Program._make_pairs = ordered  # type: ignore[method-assign,assignment]


def explaining_what_was_mistyped() -> None:
    """One line and status 2 where a command can't be read: invoke's own 1 means a crash elsewhere."""
    read = Program.parse_tasks

    def explained(program: Program) -> None:
        try:
            read(program)
        except ParseError as error:
            raise Exit(f"error: {mistyped.explained(error, program.collection.task_names)}", code=2) from error

    Program.parse_tasks = explained  # type: ignore[method-assign]


in_numeric_order()
explaining_what_was_mistyped()
ns = Collection()
for group in (learning, at_work, recording, keeping):
    for one in Collection.from_module(group).tasks.values():
        ns.add_task(one)
for lab in catalog.labs():
    ns.add_task(learning.lab_task(lab))
