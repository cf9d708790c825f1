"""Runs one lab: predict, start, load, measure, next. The only module that knows all the parts."""

import fcntl
import itertools
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Protocol

from labs.runner import load, machine, noise, postgres, preflight, provenance, queueing, server, store
from labs.runner.measure import Housekeeping, did_not_start, measure
from labs.runner.model import CpuCosts, Lab, Machine, Measurement, Prediction, Result, Run, Scale, UsageError, Variant
from labs.runner.panel import PanelReader
from labs.runner.processes import Watchdog, watched
from labs.runner.sampler import Sampler, open_files
from labs.runner.verdict import judge


class Progress(Protocol):
    """What a run tells whoever watches it."""

    def stage(self, text: str) -> None: ...

    def note(self, text: str) -> None: ...

    def predicted(self, variant: Variant, prediction: Prediction, position: str) -> None: ...

    def tick(self, elapsed_s: float, total_s: float, vus: int, answered: int, failed: int) -> None: ...

    def measured(self, variant: Variant, prediction: Prediction, measurement: Measurement) -> None: ...


@dataclass(frozen=True)
class Plan:
    """One lab at one scale, the user's overrides applied."""

    lab: Lab
    scale: Scale
    variants: tuple[Variant, ...]
    repeats: int = 1
    port: int = 8000
    dashboard: bool = False
    experiment: bool = False
    notes: tuple[str, ...] = ()  # what the reader should know about it


def run_lab(plan: Plan, progress: Progress) -> tuple[Result, Path]:
    """Run every variant `repeats` times, interleaved (A B A B …), and save the result.

    Returns it and its folder. Raises UsageError for what the machine or the user must mend.
    """
    with _alone(), _terminable(), watched() as dog:
        limits = _limits()
        preflight.check(plan.variants, limits)
        server.check_port(plan.port)
        load.check_k6(provenance.pinned_versions()["k6"])
        for note in (*plan.notes, *preflight.notes(plan.variants, limits)):
            progress.note(note)
        origin = provenance.collect(plan.variants, plan.port)
        folder = store.new_run_folder(origin.started_at, plan.lab.name, plan.scale)
        runs: list[Run] = []
        database_limits: list[float] = []
        costs: CpuCosts | None = None
        total = plan.repeats * len(plan.variants)
        for repeat in range(plan.repeats):
            for variant in plan.variants:
                calibrates = plan.lab.calibrate == variant.name
                known = None if calibrates else costs
                prediction = queueing.predict(variant, origin.cores, known, calibrates)
                progress.predicted(variant, prediction, f"{len(runs) + 1} of {total}")
                place = folder / f"{len(runs) + 1:02d}-{re.sub(r'[^A-Za-z0-9]+', '-', variant.name).strip('-')}"
                place.mkdir()
                measurement = _run_variant(dog, plan, variant, prediction.wave_s, place, progress)
                if calibrates:
                    costs = _costs(variant, measurement)
                progress.measured(variant, prediction, measurement)
                runs.append(Run(variant, prediction, measurement, repeat))
            if plan.lab.pgbench:
                progress.stage("pgbench: the database's own limit")
                database_limits.append(_database_limit(dog, plan, folder))
        result = Result(
            lab=plan.lab.number,
            slug=plan.lab.slug,
            scale=plan.scale,
            experiment=plan.experiment,
            repeats=plan.repeats,
            runs=tuple(runs),
            provenance=origin,
            database_limit_per_s=tuple(database_limits),
            noise=None if plan.lab.measures_noise else store.noise_floors().get(machine.key()),
        )
        store.save(result, folder / store.RESULT_NAME)
        trusted = plan.lab.measures_noise and not plan.experiment and judge(plan.lab, result).outcome != "inconclusive"
        if trusted:  # a disturbed run would pass its disturbance on to every later verdict
            store.keep_noise_floor(machine.key(), noise.floor(result))
        return result, folder


def _costs(variant: Variant, measurement: Measurement) -> CpuCosts:
    """What a request costs besides what the variant computes: variants that compute more or less can use it."""
    database = measurement.database
    return CpuCosts(
        max(0.0, measurement.server.cpu_s_per_request - variant.computing_time_s - variant.slot_computing_time_s),
        measurement.generator.cpu_s_per_request,
        database.cpu_s_per_request if database else 0.0,
    )


def _run_variant(
    dog: Watchdog, plan: Plan, variant: Variant, wave_s: float, folder: Path, progress: Progress
) -> Measurement:
    begun = time.monotonic()
    with ExitStack() as stack:
        url = None
        database = None
        if variant.endpoint.pool != "none":
            progress.stage("starting PostgreSQL")
            wanted = variant.max_connections or variant.workers * variant.pool_size + 20
            database = stack.enter_context(postgres.running(dog, folder / "postgres.log", wanted))
            url = database.url
        progress.stage(f"starting {variant.workers} worker{'s' if variant.workers > 1 else ''}")
        try:
            app = stack.enter_context(server.running(dog, variant, folder / "server.log", plan.port, url))
        except UsageError as error:
            if not variant.may_fail_to_start:
                raise
            return did_not_start(str(error), time.monotonic() - begun, database.fatals() if database else None)
        if variant.companion:
            progress.stage(f"starting app.{variant.companion}")
            beside = stack.enter_context(server.companion(dog, variant, folder / "companion.log", plan.port, url))
        workers = app.started_workers()
        idle = [open_files(pid) for pid in workers]
        most = list(idle)
        warmed_s, before = 0.0, (0,) * variant.workers
        if variant.warm_up_s:
            progress.stage("warming up")
            warmed_s = _warm_up(dog, plan, variant, folder / "warm-up", progress)
            before = app.answers_per_worker()
        sampler = Sampler()
        sampler.watch("server", app.process.pid)
        if variant.companion:
            sampler.watch("companion", beside.pid)
        if database and database.process:
            sampler.watch("database", database.process.pid, changing=True)
        overflows = machine.listen_overflows()
        total_s = load.longest_s(variant.load)

        def tick(elapsed_s: float, vus: int, answered: int, failed: int) -> None:
            if database:
                database.check_alive()
            most[:] = [max(known, open_files(pid)) for known, pid in zip(most, workers, strict=True)]
            progress.tick(elapsed_s, total_s, vus, answered, failed)

        reader = PanelReader(app.counters, app.started_workers)
        with sampler, reader:
            generated = load.generate(
                dog,
                variant,
                *server.urls(variant, plan.port),
                folder,
                plan.dashboard,
                lambda pid: sampler.watch("generator", pid),
                tick,
            )
        if database:
            database.check_alive()
        after = machine.listen_overflows()
        answers = tuple(
            now - then for now, then in itertools.zip_longest(app.answers_per_worker(), before, fillvalue=0)
        )
        replaced, boot_s = app.replaced_workers(), app.boot_s
        fatals = database.fatals() if database else None
        waiting = database.jobs_waiting() if database and variant.companion else None
        progress.stage("stopping the server")
    overhead_s = time.monotonic() - begun - boot_s - warmed_s - generated.elapsed_s
    return measure(
        variant,
        wave_s,
        generated,
        sampler.series,
        Housekeeping(
            worker_answers=answers,
            workers_replaced=replaced,
            listen_overflows=None if overflows is None or after is None else after - overflows,
            boot_s=boot_s,
            overhead_s=overhead_s,
            database_fatals=fatals,
            jobs_waiting=waiting,
            worker_connections=tuple(held - none for held, none in zip(most, idle, strict=True)),
            readings=reader.readings,
        ),
    )


def _warm_up(dog: Watchdog, plan: Plan, variant: Variant, folder: Path, progress: Progress) -> float:
    """The variant's own load, for a shorter time; returns how long it took."""
    folder.mkdir()
    shorter = replace(variant, load=replace(variant.load, hold_s=variant.warm_up_s))
    total_s = load.longest_s(shorter.load)
    return load.generate(
        dog,
        shorter,
        *server.urls(variant, plan.port),
        folder,
        False,
        lambda pid: None,
        lambda elapsed, vus, answered, failed: progress.tick(elapsed, total_s, vus, answered, failed),
    ).elapsed_s


def _database_limit(dog: Watchdog, plan: Plan, folder: Path) -> float:
    """pgbench with as many clients as the first database variant's pools hold connections."""
    variant = next(v for v in plan.variants if v.endpoint.pool != "none")
    clients = variant.workers * variant.pool_size
    with postgres.running(dog, folder / "pgbench.log", clients + 20) as database:
        return postgres.pgbench(database, clients, 2 if plan.scale == "smoke" else 10, folder)


@contextmanager
def served(plan: Plan, folder: Path) -> Iterator[server.Server]:
    """Only the server (and database) of the plan's first variant, for a reader's own load."""
    variant = plan.variants[0]
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(), _terminable(), watched() as dog, ExitStack() as stack:
        machine.raise_descriptor_limit()
        url = None
        if variant.endpoint.pool != "none":
            wanted = variant.max_connections or variant.workers * variant.pool_size + 20
            url = stack.enter_context(postgres.running(dog, folder / "postgres.log", wanted)).url
        yield stack.enter_context(server.running(dog, variant, folder / "server.log", plan.port, url))


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time in a checkout: two would measure each other. Raises UsageError."""
    store.RUNS.mkdir(exist_ok=True)
    with (store.RUNS / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                "another lab is running in this checkout: wait for it, two would measure each other"
            ) from error
        os.set_inheritable(lock.fileno(), False)
        yield


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind like Ctrl-C, so that every child is stopped; status 128 + signal.

    SIGINT is set too: a shell starts background jobs with it ignored, and Python then leaves it so.
    """

    def unwind(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _limits() -> preflight.Limits:
    return preflight.Limits(
        machine.raise_descriptor_limit(),
        machine.ephemeral_ports(),
        machine.available_memory_bytes(),
        machine.free_disk_bytes(store.RUNS.parent),
        machine.cores(),
        machine.somaxconn(),
    )


def machine_facts() -> Machine:
    return Machine(machine.cores(), preflight.most_vus(_limits()))
