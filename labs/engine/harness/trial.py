"""Runs one variant: database, server, sidecar, warm-up, load. Leaves raw files and samples, and reads none of them."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness import load, machine, postgres, postgres_schema, server
from labs.engine.harness.commands import Commands, Ports, commands
from labs.engine.harness.gauges import GaugeReader, Reading
from labs.engine.harness.load import Generated
from labs.engine.harness.postgres import Database
from labs.engine.harness.processes import Watchdog
from labs.engine.harness.progress import Progress
from labs.engine.harness.restarts import Restarting
from labs.engine.harness.sampler import Sampler, Series, generator_trees, open_files


@dataclass(frozen=True)
class RawRun:
    """What one run left: k6's files, the samples of every process tree, and what the harness noted beside them."""

    generated: Generated
    series: Series
    worker_responses: tuple[int, ...]
    workers_replaced: int
    listen_overflows: int | None
    boot_s: float
    overhead_s: float
    database_fatals: int | None = None
    jobs_waiting: int | None = None
    worker_connections: tuple[int, ...] = ()
    readings: Sequence[Reading] = field(default=())
    restarted: Restarting | None = None


@dataclass(frozen=True)
class NotStarted:
    """A server that did not start, where the variant allows that: why, and how long it took to find out."""

    error: str
    boot_s: float
    database_fatals: int | None


def run_variant(
    watchdog: Watchdog,
    variant: Variant,
    ports: Ports,
    folder: Path,
    dashboard: bool,
    progress: Progress,
    generators: int = 1,
) -> RawRun | NotStarted:
    """Everything from the first program started to the last one stopped; the load from so many k6 processes.

    Raises UsageError, naming the log, for whatever ends or fails on the way.
    """
    begun = time.monotonic()
    commanded = commands(variant, ports)
    with ExitStack() as stack:
        database = stack.enter_context(_database(watchdog, variant, folder, progress))
        url = database.url if database else None
        progress.stage(f"starting {variant.workers} worker{'s' if variant.workers > 1 else ''}")
        try:
            app = stack.enter_context(
                server.running(watchdog, variant, commanded.server, ports.service, url, folder / "server.log")
            )
        except UsageError as error:
            if not variant.may_fail_to_start:
                raise
            return NotStarted(str(error), time.monotonic() - begun, database.fatals() if database else None)
        sampler = Sampler()
        if commanded.sidecar:
            progress.stage(f"starting {commanded.sidecar.argv[-1]}")
            beside = stack.enter_context(server.sidecar(watchdog, commanded.sidecar, url, folder / "sidecar.log"))
            sampler.watch("sidecar", beside.pid)
        workers = app.started_workers()
        idle = [open_files(pid) for pid in workers]
        most = list(idle)
        warmed_s, before = 0.0, (0,) * variant.workers
        if variant.warm_up_s:
            progress.stage("warming up")
            warmed_s = _warm_up(watchdog, commanded, variant, folder / "warm-up", progress, generators)
            before = app.responses_per_worker()
        sampler.watch("server", app.process.pid, changing=variant.restart is not None)
        restarting = _planned(variant, app, ports, lambda pid: sampler.also("server", pid))
        if database and database.root:
            sampler.watch("database", database.root, changing=True)
        overflows = machine.listen_overflows()
        total_s = load.longest_s(variant.load)

        def tick(elapsed_s: float, vus: int, completed: int, failed: int) -> None:
            if database:
                database.check_alive()
            most[:] = [max(known, open_files(pid)) for known, pid in zip(most, workers, strict=True)]
            progress.tick(elapsed_s, total_s, vus, completed, failed)

        names = iter(generator_trees(generators))
        reader = GaugeReader(app.shared, app.living_workers if restarting else app.started_workers)
        with sampler, reader:
            generated = load.generate(
                watchdog,
                commanded,
                variant.load,
                folder,
                dashboard,
                started=lambda pid: sampler.watch(next(names), pid),
                tick=tick,
                generators=generators,
                meanwhile=restarting.poll if restarting else lambda elapsed_s: None,
            )
        if database:
            database.check_alive()
        after = machine.listen_overflows()
        counted = itertools.zip_longest(app.responses_per_worker(), before, fillvalue=0)
        raw = RawRun(
            generated=generated,
            series=sampler.series,
            worker_responses=tuple(now - then for now, then in counted),
            workers_replaced=restarting.replaced_workers() if restarting else app.replaced_workers(),
            listen_overflows=None if overflows is None or after is None else after - overflows,
            boot_s=app.boot_s,
            overhead_s=0.0,
            database_fatals=database.fatals() if database else None,
            jobs_waiting=postgres_schema.jobs_waiting(url) if url and variant.sidecar else None,
            worker_connections=tuple(held - none for held, none in zip(most, idle, strict=True)),
            readings=reader.readings,
            restarted=restarting,
        )
        progress.stage("stopping the server")
    overhead_s = time.monotonic() - begun - raw.boot_s - warmed_s - generated.elapsed_s
    return replace(raw, overhead_s=overhead_s)


def _planned(variant: Variant, app: server.Server, ports: Ports, started: Callable[[int], None]) -> Restarting | None:
    return Restarting(variant.restart, app, ports.service, started) if variant.restart else None


@contextmanager
def _database(watchdog: Watchdog, variant: Variant, folder: Path, progress: Progress) -> Iterator[Database | None]:
    if not variant.needs_database:
        yield None
        return
    progress.stage("starting PostgreSQL")
    with postgres.running(watchdog, folder / "postgres.log", variant.connections_wanted) as database:
        yield database


def _warm_up(
    watchdog: Watchdog, commanded: Commands, variant: Variant, folder: Path, progress: Progress, generators: int
) -> float:
    """The variant's own load, for a shorter time; returns how long it took."""
    folder.mkdir()
    shorter = replace(variant.load, steady_s=variant.warm_up_s)
    settings = {**commanded.generator.settings, "STEADY": f"{round(variant.warm_up_s * 1000)}ms"}
    brief = replace(commanded, generator=replace(commanded.generator, settings=settings))
    total_s = load.longest_s(shorter)
    return load.generate(
        watchdog,
        brief,
        shorter,
        folder,
        dashboard=False,
        started=lambda pid: None,
        tick=lambda elapsed, vus, completed, failed: progress.tick(elapsed, total_s, vus, completed, failed),
        generators=generators,
    ).elapsed_s


@contextmanager
def served(watchdog: Watchdog, variant: Variant, ports: Ports, folder: Path) -> Iterator[server.Server]:
    """Only what one variant starts besides its load: database, server, sidecar."""
    folder.mkdir(parents=True, exist_ok=True)
    commanded = commands(variant, ports)
    with ExitStack() as stack:
        database = stack.enter_context(_database(watchdog, variant, folder, _Quiet()))
        url = database.url if database else None
        log = folder / "server.log"
        app = stack.enter_context(server.running(watchdog, variant, commanded.server, ports.service, url, log))
        if commanded.sidecar:
            stack.enter_context(server.sidecar(watchdog, commanded.sidecar, url, folder / "sidecar.log"))
        yield app


class _Quiet:
    def stage(self, text: str) -> None: ...

    def tick(self, elapsed_s: float, total_s: float, vus: int, completed: int, failed: int) -> None: ...
