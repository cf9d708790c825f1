"""A lab's own service as the one to diagnose: its first row's app, settings, request and database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from labs import catalog
from labs.diagnose.target import Target
from labs.engine.declare.service import Machine, Request, Uvicorn, Variant
from labs.engine.errors import UsageError
from labs.engine.harness import machine, postgres
from labs.engine.harness.commands import Ports, commands, dotted, entry
from labs.engine.harness.processes import Watchdog
from labs.engine.paths import ROOT

BESIDES = ("port", "users", "dry_run", "prove", "expect", "at_least", "rate", "p95", "json")
METRICS = "COURSE_METRICS_KNOWN"  # which modules read a run of the lab; a diagnosis has its own


def row(given: Mapping[str, Any]) -> Variant | None:
    """The first row of the lab that `--lab` names; None where it names none.

    Raises UsageError for an option that the lab decides, and for a row that more than the service belongs to.
    """
    if not (number := given.get("lab")):
        return None
    if idle := [name for name, typed in given.items() if typed and name not in (*BESIDES, "lab")]:
        raise UsageError(f"--{idle[0].replace('_', '-')} is decided by the lab: leave it out, or leave out --lab")
    if not str(number).isdecimal():
        raise UsageError(f"--lab is the number of a lab, not {number!r}")
    first = catalog.lab(int(number)).rows("auto", Machine(machine.cores()))[0]
    plain = replace(first.uvicorn, loop="uvloop") == Uvicorn() and first.request == Request()
    if first.sidecar or first.restart or not plain:
        raise UsageError(
            f"lab {number}'s first row needs more than its service and a database: start that service yourself, and "
            "name it with --app or --command"
        )
    return first


def options(given: Mapping[str, Any], first: Variant) -> dict[str, Any]:
    """What would have to be typed instead of `--lab`, but for the database's address."""
    kept = {name: typed for name, typed in given.items() if name in BESIDES}
    settings = commands(first, Ports(8000)).server.settings  # without a sidecar none of them holds a port
    return kept | {
        "app": f"{dotted(entry(first))}:app",
        "dir": str(ROOT),
        "env": tuple(f"{name}={value}" for name, value in settings.items() if name != METRICS),
        "path": (first.url_path,),
        "workers": str(first.workers),
        "loop": first.uvicorn.loop,
    }


@contextmanager
def with_database(watchdog: Watchdog, target: Target, first: Variant | None, folder: Path) -> Iterator[Target]:
    """The target, with the address of a database for the time of the block where the row needs one."""
    if first is None or not first.needs_database:
        yield target
        return
    with postgres.running(watchdog, folder / "postgres.log", first.connections_wanted) as database:
        yield target.model_copy(update={"env": (*target.env, ("DATABASE_URL", database.url))})
