"""What executed, where and on what: commit, versions, command lines, and the fingerprint of it all."""

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from labs.engine import paths
from labs.engine.declare.service import Variant
from labs.engine.harness import fingerprint, machine, segments
from labs.engine.harness.commands import Commands

ENGINE = ("app", "k6", "labs", "tasks.py", "requirements.txt")
CAPTURES = (":(exclude)labs/*/reference*.json", ":(exclude)labs/*/machines/*.json")


@dataclass(frozen=True)
class Provenance:
    """What executed, where: enough to say whether a capture still speaks of this code.

    The command lines are the first variant's, and where several generators made the load, the first one's.
    """

    fingerprint: str
    commit: str
    dirty: bool
    started_at: str
    versions: Mapping[str, str]
    cpu: str
    cores: float
    memory_bytes: int
    system: str
    server_argv: tuple[str, ...]
    generator_argv: tuple[str, ...]
    environment: Mapping[str, str]


def collect(variants: Sequence[Variant], first: Commands, generators: int = 1) -> Provenance:
    """Everything about this machine and this moment that a reader of the result may ask for."""
    commit, dirty = git_state()
    return Provenance(
        fingerprint=fingerprint.fingerprint(variants),
        commit=commit,
        dirty=dirty,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=installed_versions(fingerprint.pinned_versions(variants)) | {"python": platform.python_version()},
        cpu=machine.cpu_model(),
        cores=machine.cores(),
        memory_bytes=machine.total_memory_bytes(),
        system=machine.system(),
        server_argv=("python", *first.server.argv[1:]),
        generator_argv=(*first.generator.argv, *segments.arguments(generators)[0], f"k6/{first.script.name}"),
        environment={**first.server.settings, **first.generator.settings, **_generator_limit()},
    )


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def git_state() -> tuple[str, bool]:
    """The commit, and whether code that a run executes differs from it. ("unknown", True) without git."""
    try:
        return _git("rev-parse", "HEAD"), bool(_git("status", "--porcelain", "--", *ENGINE, *CAPTURES))
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True


def _git(*arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


def _generator_limit() -> dict[str, str]:
    """Go's own limit of k6's cores, where the user has set one."""
    return {"GOMAXPROCS": limit} if (limit := os.environ.get("GOMAXPROCS", "")).isdigit() else {}
