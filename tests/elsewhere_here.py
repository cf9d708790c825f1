"""Runs a lab's manifests without a cluster: their very commands as processes here.

What a cluster would do to a command is done to it: folders are mounted, names resolved, the job's name put in. The
operator's part is taken from its source: `k6 run`, each runner's execution segment, the arguments, the script, the
tags (grafana/k6-operator, pkg/resources/jobs/runner.go and pkg/segmentation).
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from labs.engine.harness import k6
from labs.engine.harness.processes import Watchdog, child, watched

ROOT = Path(__file__).resolve().parents[1]
Document = dict[str, Any]


def documents(path: Path) -> list[Document]:
    return list(yaml.safe_load_all(path.read_text()))


def of_kind(found: list[Document], kind: str) -> Document:
    (one,) = (document for document in found if document["kind"] == kind)
    return one


@dataclass(frozen=True)
class Here:
    """One row's manifests on this machine: `volumes` stand for the claim, the metrics and the scripts."""

    manifests: Path
    volumes: Path
    row: str
    port: int

    def resolved(self, text: str, job: str = "") -> str:
        """A command's or variable's text with what Kubernetes would have put there."""
        told = {
            "$(JOB_NAME)": job,
            "/results": str(self.manifests / "results"),
            "/metrics": str(self.volumes / "metrics"),
            "/test/": f"{self.volumes / 'test'}/",
            "/course": str(ROOT),
            f"http://{self.row}:8000": f"http://127.0.0.1:{self.port}",
            "http://127.0.0.1:8001": f"http://127.0.0.1:{self.port + 1}",
        }
        for name, value in told.items():
            text = text.replace(name, value)
        return text

    def argv(self, command: list[str], job: str = "") -> list[str]:
        """A container's command, on loopback and on our port."""
        ours = {"python": sys.executable, "k6": k6.binary(), "0.0.0.0": "127.0.0.1", "8000": str(self.port)}
        return [ours.get(part, self.resolved(part, job)) for part in command]

    def environment(self, pairs: list[Document], job: str = "") -> dict[str, str]:
        told = {one["name"]: one.get("value", job) for one in pairs}
        ours = {name: self.resolved(value, job) for name, value in told.items()}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "COURSE_TEST_MARK") if name in os.environ}
        return kept | ours | ({"SIDECAR_PORT": str(self.port + 1)} if "SIDECAR_PORT" in told else {})

    @contextmanager
    def container(self, watchdog: Watchdog, found: Document) -> Iterator[subprocess.Popen[bytes]]:
        log = self.volumes / f"{self.row}-{found['name']}.log"
        with (
            log.open("wb") as output,
            child(watchdog, self.argv(found["command"]), output, self.environment(found["env"]), ROOT) as process,
        ):
            yield process


def run_row(manifests: Path, volumes: Path, row: str, port: int) -> None:
    """The service, what stands beside it, and the load, to its end."""
    here = Here(manifests, volumes, row, port)
    for name in ("metrics", "test"):
        (volumes / name).mkdir(parents=True, exist_ok=True)
    for old in (volumes / "metrics").iterdir():  # an emptyDir begins empty
        old.unlink()
    (manifests / "results").mkdir(exist_ok=True)
    for name, text in of_kind(documents(manifests / "common.yaml"), "ConfigMap")["data"].items():
        (volumes / "test" / name).write_text(text)
    pod = of_kind(documents(manifests / f"{row}-service.yaml"), "Deployment")["spec"]["template"]["spec"]
    load = of_kind(documents(manifests / f"{row}-load.yaml"), "TestRun")["spec"]
    with watched() as watchdog, ExitStack() as stack:
        for container in pod["containers"]:
            stack.enter_context(here.container(watchdog, container))
        _wait_until_watched(manifests / "results" / f"{row}.service.ndjson")
        runners = [
            stack.enter_context(_runner(watchdog, here, load, number)) for number in range(1, load["parallelism"] + 1)
        ]
        assert [runner.wait(timeout=300) for runner in runners] == [0] * len(runners)


@contextmanager
def _runner(watchdog: Watchdog, here: Here, load: Document, number: int) -> Iterator[subprocess.Popen[bytes]]:
    total, job = load["parallelism"], f"{here.row}-{number}"
    edges = ["0", *(f"{part}/{total}" for part in range(1, total)), "1"]
    segment = [
        f"--execution-segment={edges[number - 1]}:{edges[number]}",
        f"--execution-segment-sequence={','.join(edges)}",
    ]
    command = ["k6", "run", *(["--quiet"] if load["quiet"] == "true" else []), *(segment if total > 1 else [])]
    command += load["arguments"].split()
    command += [f"/test/{load['script']['configMap']['file']}", "--address=", "--tag", f"instance_id={number}"]
    log = here.manifests / "results" / f"{job}.k6.txt"
    environment = here.environment(load["runner"]["env"], job)
    with log.open("wb") as output, child(watchdog, here.argv(command, job), output, environment) as process:
        yield process


def _wait_until_watched(path: Path) -> None:
    """The watcher begins to write once every worker reports, which is what makes the pod ready."""
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_text().count("\n") < 3:
        assert time.monotonic() < deadline, "the watcher saw no service"
        time.sleep(0.1)
