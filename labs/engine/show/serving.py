"""Pure: which row of a lab is served without its load, and what its user is told of it."""

from collections.abc import Iterator, Sequence

from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness.commands import HOST
from labs.engine.harness.plan import Plan
from labs.engine.harness.server import Server
from labs.engine.paths import shown


def served_row(rows: Sequence[Variant], name: str) -> Variant:
    """The row of that name; without one the row that has the post's own settings, else the first.

    Raises UsageError, naming the rows there are.
    """
    if not name:
        return next((row for row in rows if row.repeats), rows[0])
    for row in rows:
        if row.name == name:
            return row
    raise UsageError(f"--variant is one of {', '.join(repr(row.name) for row in rows)}, not {name!r}")


def lines(planned: Plan, row: Variant, server: Server) -> Iterator[str]:
    """The row, its settings, its process, and what to ask it for. `server` runs this row of the plan."""
    workers = "1 worker" if row.workers == 1 else f"{row.workers} workers"
    pool = f"a pool of {row.pool.size} connections per worker" if row.pool else "no pool"
    yield f"row {row.name!r} of lab {planned.lab.number}: {workers}, {row.thread_tokens} tokens per worker, {pool}"
    if others := [one.name for one in planned.variants if one.name != row.name]:
        yield f"other rows, for --variant: {', '.join(map(repr, others))}"
    yield f"process {server.process.pid}, ready after {server.boot_s:.1f} s, log: {shown(server.log)}"
    if server.database_url:
        yield f"DATABASE_URL='{server.database_url}'"
    yield f"curl 'http://{HOST}:{planned.port}{row.url_path}'"
