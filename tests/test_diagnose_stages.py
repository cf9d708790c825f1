"""A diagnosis whose service, k6 or disk fails at any stage: a clear line, a status, nothing left, no half report.

Real processes, with loads as short as a fault needs. One of them runs always; `invoke selftest --part stages` runs all.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from labs.diagnose import html
from labs.diagnose.report import Document
from labs.diagnose.run import RESULT_NAME
from labs.engine.harness.ports import is_free
from tests.conftest import Started, gone, marked
from tests.diagnosed.attached import attached

pytestmark = pytest.mark.fault
BRIEF = "tests.diagnosed.brief"
PLAIN = ("--app", "tests.diagnosed.plain:app", "--path", "/executor?ms=50", "--users", "8")
UVICORN, WORKER, K6 = "--no-access-log", "spawn_main", "any_request.js"
START, CLIMB, STEADY, PROOF = "starting the service", "4 users", "steady phase", "starting it with"
SIGKILLED = "was killed (SIGKILL): if nobody did that, the system ran out of memory (dmesg says so)"


@dataclass
class Diagnosis:
    """One that runs, with a home and a port of its own."""

    started: Started
    home: Path
    port: int
    groups: set[int] = field(default_factory=set)

    def kill(self, word: str) -> None:
        """SIGKILL to the child whose command line has that word, once it's there."""
        victim = self.started.child(word)
        self.groups |= {os.getpgid(one.pid) for one in marked(self.started.mark)}
        os.kill(victim.pid, signal.SIGKILL)

    def ended(self) -> tuple[int, str, str]:
        """Status, stdout and stderr; afterwards nothing of it runs, and each file of its report is whole."""
        out, err = self.started.process.communicate(timeout=60)
        assert gone(self.started.mark)
        assert not [process for group in self.groups for process in members(group)]
        assert is_free(self.port)
        runs = list((self.home / "runs").glob("*-diagnose-*"))
        assert not [file for run in runs for file in run.glob(".*")], "a report that was begun"
        for run in runs:
            if (report := run / RESULT_NAME).exists():
                Document.model_validate_json(report.read_text())
            if (page := run / html.NAME).exists():
                assert page.read_text().rstrip().endswith("</html>")
        return self.started.process.returncode, out, " ".join(err.split())

    @property
    def reports(self) -> list[str]:
        return sorted(one.name for name in (RESULT_NAME, html.NAME) for one in self.home.glob(f"runs/*/{name}"))


def members(group: int) -> list[psutil.Process]:
    """Those that still run: a zombie that nobody has waited for holds nothing."""
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.fixture
def diagnose(start: Callable[..., Started], tmp_path: Path, port: int) -> Callable[..., Diagnosis]:
    def begin(*arguments: str, home: Path = tmp_path) -> Diagnosis:
        given = ("diagnose", "--port", str(port), *arguments)
        return Diagnosis(start(*given, module=BRIEF, COURSE_HOME=str(home), COLUMNS="200"), home, port)

    return begin


def errors(said: str) -> list[str]:
    return re.findall(r"error: .*", said)


# --- killed ---------------------------------------------------------------------------------------

KILLED = [
    pytest.param(UVICORN, START, id="service_before_any_load", marks=pytest.mark.stages),
    pytest.param(UVICORN, CLIMB, id="service_on_the_way_to_the_plateau", marks=pytest.mark.stages),
    pytest.param(UVICORN, STEADY, id="service_in_the_steady_phase"),
    pytest.param(K6, "one user", id="k6_with_one_user", marks=pytest.mark.stages),
    pytest.param(K6, CLIMB, id="k6_on_the_way_to_the_plateau", marks=pytest.mark.stages),
    pytest.param(K6, STEADY, id="k6_in_the_steady_phase", marks=pytest.mark.stages),
]


@pytest.mark.parametrize(("word", "stage"), KILLED)
def test_what_is_killed_is_said_and_leaves_no_report(diagnose: Callable[..., Diagnosis], word: str, stage: str) -> None:
    one = diagnose(*PLAIN)
    one.started.wait_for(stage)
    if stage == START:
        one.started.child(UVICORN)
        while is_free(one.port):
            time.sleep(0.05)
        time.sleep(0.6)  # until its metrics are there, and what others use is looked at
    else:
        one.started.child(K6)
    one.kill(word)
    status, out, err = one.ended()
    assert status == 2 and out == "" and one.reports == []
    [error] = errors(err)
    assert SIGKILLED in error and ("service.log" if word == UVICORN else "k6.txt") in error, error


@pytest.mark.stages
@pytest.mark.parametrize("word", [UVICORN, K6])
def test_what_is_killed_in_a_proof_keeps_the_diagnosis(diagnose: Callable[..., Diagnosis], word: str) -> None:
    one = diagnose(*PLAIN, "--prove", "--json")
    one.started.wait_for(PROOF)
    one.started.wait_for("steady phase")
    one.started.child(K6)
    one.kill(word)
    status, out, _ = one.ended()
    assert status == 20 and one.reports == [RESULT_NAME, html.NAME]
    told = json.loads(out)
    assert told["finding"]["limits"][0]["kind"] == "thread pool executor"
    assert told["proof"]["verdict"] == "inconclusive" and SIGKILLED in told["proof"]["says"]


@pytest.mark.stages
def test_a_worker_that_is_killed_and_replaced_is_missed(diagnose: Callable[..., Diagnosis]) -> None:
    one = diagnose(*PLAIN, "--workers", "2")
    one.started.wait_for(CLIMB)
    one.started.child(K6)
    one.kill(WORKER)
    status, _, err = one.ended()
    assert status == 2 and "1 of 2 workers ended during the load" in errors(err)[0] and one.reports == []


@pytest.mark.stages
def test_one_that_runs_already_is_missed_when_it_is_killed(diagnose: Callable[..., Diagnosis], port: int) -> None:
    """Of a service whose process id wasn't named; what was left of a load isn't taken for what it can do."""
    with attached(port) as running:
        one = diagnose("--url", f"http://127.0.0.1:{port}/executor?ms=50", "--users", "8")
        one.started.wait_for(CLIMB)
        one.started.child(K6)
        running.kill()
        status, _, err = one.ended()
    assert status == 2 and one.reports == []
    [error] = errors(err)
    assert f"nothing listens at http://127.0.0.1:{port} any more" in error and "start it again" in error


# --- a full disk ----------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    folder.mkdir()
    options = f"size={kilobytes}k,nr_inodes=1000"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a disk that fills up is a tmpfs here, and this root may mount none")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("mount"), reason="only root may mount a disk that is small enough to fill"
)


@pytest.mark.stages
@needs_mount
def test_a_disk_that_fills_up_during_a_load_is_named(diagnose: Callable[..., Diagnosis], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 36) as disk:
        one = diagnose(*PLAIN, home=disk)
        status, _, err = one.ended()
        assert status == 2 and one.reports == []
    [error] = errors(err)
    assert "k6 left no summary (the disk is full): free space there" in error, error


@pytest.mark.stages
@needs_mount
def test_a_disk_that_is_full_when_the_report_is_written_leaves_none(
    diagnose: Callable[..., Diagnosis], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 1_000) as disk:
        one = diagnose(*PLAIN, home=disk)
        one.started.wait_for("stopping the service")
        with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(b"0" * 4_096):
                pass
        status, _, err = one.ended()
        assert status == 2 and one.reports == []
    assert "No space left on device. Free space there" in errors(err)[0]
