"""Runs a diagnosis; read it down: target, service, search, attribute, change, prove, report."""

import errno
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from labs.diagnose import (
    attribute,
    ceilings,
    change,
    expect,
    headroom,
    of_lab,
    prove,
    report,
    request,
    search,
    service,
    target,
)
from labs.diagnose.bench import Bench
from labs.diagnose.evidence import Evidence, Step
from labs.diagnose.finding import Answer
from labs.diagnose.prove import Proof
from labs.diagnose.report import Document, Served
from labs.diagnose.service import Service
from labs.diagnose.target import Target
from labs.engine import paths
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.harness import fingerprint, k6, machine
from labs.engine.harness.lock import exclusive_lock, measuring
from labs.engine.harness.processes import Watchdog, watched
from labs.engine.harness.progress import Progress as HarnessProgress
from labs.engine.harness.server import INSIDE
from labs.engine.harness.signals import unwinding
from labs.engine.results import runs

NAMED = (Answer.LIMIT, Answer.BETWEEN, Answer.DEADLOCK)
RESULT_NAME = "diagnosis.json"
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


class Progress(HarnessProgress, Protocol):
    """What a diagnosis tells whoever watches it."""

    def note(self, text: str) -> None: ...

    def stepped(self, step: Step) -> None: ...


class Live(Progress, AbstractContextManager[object], Protocol):
    """Progress that is shown while a block runs."""


def exit_status(document: Document) -> int:
    """0: a limit was named, or the expectation kept; 10: it was broken; 20: inconclusive, or the proof is."""
    if document.expected:
        return expect.EXIT_STATUS[document.expected.outcome]
    if document.proof and document.proof.verdict == "inconclusive":
        return 20
    told = (*NAMED, Answer.OUTSIDE, Answer.NO_LIMIT)
    return 0 if document.finding.answer in told else 20


def parsed(given: Mapping[str, Any]) -> Target:
    """The service that was named: one of the reader's, or a lab's own. Raises UsageError."""
    row = of_lab.row(given)
    return target.parse(of_lab.options(given, row) if row else given)


def dry_run(wanted: Target) -> list[str]:
    """What would be started and sent, without doing either."""
    low_s, high_s = search.about_s()
    lines = []
    if wanted.started:
        python = service.interpreter(wanted)
        argv = service.command(wanted, python, service.examine(python))
        lines.append(f"would start, in {wanted.dir}: {shlex.join(argv)}")
        lines.append(f"with {INSIDE} first on its PYTHONPATH, which reads its server metrics")
    else:
        lines.append(f"would send to {wanted.base_url}, and start nothing")
    asked = ", ".join(path for path, _ in wanted.paths)
    lines.append(f"would send {wanted.method} {asked}: {search.requests_about(wanted.users)}")
    lines.append(f"would take about {low_s:.0f} s, for a slow service about {high_s:.0f} s")
    return lines


def diagnose(given: Mapping[str, Any], progress: Live) -> tuple[Document, Path]:
    """The diagnosis, and the folder that keeps it. Raises UsageError for what the reader or the machine must fix."""
    row, wanted = of_lab.row(given), parsed(given)
    expected = expect.parse(given.get("expect") or "", given.get("at_least") or "")
    asked = parse_headroom(given.get("rate") or "", given.get("p95") or "")
    begun = time.monotonic()
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    alone = exclusive_lock() if wanted.started else measuring()
    with progress, alone, unwinding(), watched() as watchdog, written():
        k6.check(fingerprint.pinned_versions()["k6"])
        machine.raise_descriptor_limit()
        low_s, high_s = search.about_s()
        progress.note(
            f"this takes about {low_s:.0f} s, for a slow service about {high_s:.0f} s; Ctrl-C ends all it started"
        )
        progress.note("calls that the service makes to others (mail, payments, other services) are real")
        folder = runs.new_folder(started_at, "diagnose", "auto")
        with of_lab.with_database(watchdog, wanted, row, folder) as service_with_all:
            evidence, served = _measure(watchdog, service_with_all, folder, progress)
            finding = attribute.attribute(evidence)
            advice = change.change(evidence, finding)
            proof = (
                _prove(watchdog, service_with_all, evidence, advice, folder, progress) if given.get("prove") else None
            )
    document = Document(
        started_at=started_at,
        took_s=round(time.monotonic() - begun, 1),
        service=served,
        sentence=report.sentence(evidence, finding),
        throughput_per_s=evidence.judged.throughput_per_s,
        finding=finding,
        evidence=evidence,
        ceilings=ceilings.ceilings(evidence, finding),
        change=advice,
        proof=proof,
        headroom=headroom.headroom(evidence, finding, *asked) if asked else None,
        expected=expect.judge(expected, evidence, finding) if expected else None,
        lab=report.lab(finding),
    )
    with written():
        write_text(folder / RESULT_NAME, document.model_dump_json(indent=2))
    return document, folder


@contextmanager
def written() -> Iterator[None]:
    """A full disk, or a folder that may not be written, is the reader's to fix; other failures are ours."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        where = Path(error.filename).parent if isinstance(error.filename, str) else paths.runs()
        raise UsageError(
            f"cannot write below {where}: {error.strerror}. Free space there, or fix its permissions"
        ) from error


def _measure(watchdog: Watchdog, wanted: Target, folder: Path, progress: Progress) -> tuple[Evidence, Served]:
    progress.stage("starting the service" if wanted.started else f"attaching to {wanted.base_url}")
    with service.running(watchdog, wanted, folder / "service.log") as started:
        running = request.check(started)
        if running.no_metrics:
            progress.note(f"no server metrics: {running.no_metrics}")
        evidence = search.search(Bench(watchdog, running, folder, progress), progress.stepped)
        progress.stage("stopping the service" if wanted.started else "done")
        return evidence, _served(running, evidence)


def _prove(
    watchdog: Watchdog, wanted: Target, e: Evidence, advice: change.Change | None, folder: Path, progress: Progress
) -> Proof:
    """The changed service under as much load for each place as before. What ends this run keeps the diagnosis."""
    reason = prove.cannot(wanted, advice)
    if reason or advice is None:
        return Proof(verdict="not set", says=reason or "", read_back=None, step=None)
    users = prove.users(e, advice, wanted.users)
    if users is None:
        says = f"{wanted.users:,} users are too few to reach what was predicted: allow more with --users"
        return Proof(verdict="inconclusive", says=says, read_back=None, step=None)
    progress.stage(f"starting it with {advice.counted}")
    try:
        return _proven(watchdog, wanted, e, advice, users, folder, progress)
    except UsageError as error:
        return Proof(verdict="inconclusive", says=str(error), read_back=None, step=None)


def _proven(
    watchdog: Watchdog, wanted: Target, e: Evidence, advice: change.Change, users: int, folder: Path, progress: Progress
) -> Proof:
    again, sizes = prove.changed(wanted, advice)
    with service.running(watchdog, again, folder / "service-changed.log", sizes) as started:
        running = request.check(started)
        bench = Bench(watchdog, running, folder / "changed", progress, service_time_s=e.service_time_s)
        size = prove.read_back(running, advice)
        if size is not None and size != advice.after and advice.setting != "executor":
            return Proof(verdict="not set", says=prove.not_set(advice, size), read_back=size, step=None)
        step = bench.steady(users, e.judged.mean_s)
        return prove.judge(e, advice, prove.read_back(running, advice), step)


def _served(running: Service, e: Evidence) -> Served:
    wanted, there = running.target, running.environment
    return Served(
        url=wanted.base_url,
        argv=(Path(running.argv[0]).name, *running.argv[1:]) if running.argv else (),
        method=wanted.method,
        paths=wanted.paths,
        workers=e.workers,
        loop=running.loop,
        python=".".join(map(str, there.python)) if there else None,
        versions=dict(there.versions) if there else {},
    )


def parse_headroom(rate: str, p95: str) -> tuple[float, float] | None:
    """--rate and --p95, per second and seconds. Raises UsageError."""
    if not rate and not p95:
        return None
    if not (rate and p95):
        raise UsageError("--rate and --p95 belong together, like --rate 300 --p95 200ms")
    number, factor = (p95[:-2], 0.001) if p95.endswith("ms") else (p95.removesuffix("s"), 1.0)
    try:
        found = float(rate), float(number) * factor
    except ValueError:
        found = 0.0, 0.0
    if min(found) <= 0:
        raise UsageError(f"--rate is per second, --p95 is like 200ms or 0.2s, not {rate!r} and {p95!r}")
    return found
