"""One variant's real server, for tests that ask it themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.engine.declare.endpoints import ASYNC_SELECT, SYNC_SELECT
from labs.engine.declare.service import Load, Pool, PoolKind, Variant
from labs.engine.harness import server
from labs.engine.harness.commands import Ports, commands
from labs.engine.harness.processes import Watchdog
from labs.engine.harness.server import Server


@contextmanager
def serving(
    watchdog: Watchdog, variant: Variant, port: int, folder: Path, database_url: str | None = None
) -> Iterator[Server]:
    command = commands(variant, Ports(port, port + 1)).server
    with server.running(watchdog, variant, command, port, database_url, folder / "server.log") as app:
        yield app


def select(kind: PoolKind, **pool: float) -> Variant:
    """One worker with a small pool of that kind."""
    endpoint = {"sync": SYNC_SELECT, "async": ASYNC_SELECT}[kind]
    chosen = Pool(size=2, **pool)  # type: ignore[arg-type]
    return Variant(name=kind, endpoint=endpoint, ms=0, workers=1, load=Load(vus=1), pool=chosen)
