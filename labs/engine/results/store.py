"""Reads and writes result files: whole or not at all, and only of the schema this code knows."""

import json
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from labs.engine.declare.service import Endpoint, Load, Pool, Probe, Request, Restart, Scale, Sidecar, Uvicorn, Variant
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.results.result import SCHEMA_VERSION, Result

RESULT, ANY = TypeAdapter(Result), TypeAdapter(Any)
PARTS: dict[str, type] = {
    "load": Load, "endpoint": Endpoint, "pool": Pool, "uvicorn": Uvicorn, "sidecar": Sidecar, "probe": Probe,
    "request": Request, "restart": Restart,
}  # fmt: skip
FIX = "restore it with git checkout, or record it again with invoke capture"


def save(result: Result, path: Path) -> None:
    """Raises UsageError if the file cannot be written; what was there before is then untouched."""
    try:
        write_text(path, RESULT.dump_json(result).decode() + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}. Free space there, or fix its permissions") from error


def read(path: Path) -> Result:
    """Raises UsageError if the file is missing, truncated, of another schema, or not exactly a result."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        document = upgraded(document)
        version = document["schema_version"]
        if version != SCHEMA_VERSION:
            raise UsageError(f"{path} has schema {version}, this code reads {SCHEMA_VERSION}: {FIX}")
        result = RESULT.validate_python(document)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise UsageError(f"{path} is not a result file (at {where}: {error.errors()[0]['msg']}): {FIX}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is not a result file ({type(error).__name__}): {FIX}") from error
    if odd := _difference(document, RESULT.dump_python(result, mode="json")):
        raise UsageError(f"{path} has a field that this code doesn't know, or lacks one ({odd}): {FIX}")
    return result


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """A result of schema 2 or 3 as schema 4 has it; any other as it is."""
    if document["schema_version"] == 2:
        document = document | {"schema_version": 3, "runs": [_from_2(document, run) for run in document["runs"]]}
    if document["schema_version"] == 3:
        document = document | {"schema_version": 4, "runs": [_from_3(run) for run in document["runs"]]}
    if document["schema_version"] == 4 and "runs" in document:
        runs = [_with_later_fields(run) for run in document["runs"]]
        document = document | {"runs": runs}
    return document


def _with_later_fields(run: dict[str, Any]) -> dict[str, Any]:
    """A run with the fields that declarations and measurements have got since."""
    alone: dict[str, Any] = {"generators": [], "restart": None}
    return run | {
        "variant": _with_defaults(Variant, run["variant"]),
        "measurement": alone | run["measurement"],
    }


def _with_defaults(kind: type, declared: dict[str, Any]) -> dict[str, Any]:
    """A variant, or a part of one, with the fields that declarations have got since: it was at their defaults."""
    told = {
        name: _with_defaults(PARTS[name], part) if isinstance(part, dict) and name in PARTS else part
        for name, part in declared.items()
    }
    later = {field.name: field.default for field in fields(kind) if field.name not in told}
    return told | {name: ANY.dump_python(v, mode="json") for name, v in later.items() if v is not MISSING}


def _from_2(document: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """No times of the window were kept then, and services exported their metrics."""
    variant = run["variant"]
    variant = variant | {
        "server_metrics": "exported" if variant["server_metrics"] else None,
        "whole_run_times": document["lab"] in (5, 13, 17),
    }
    return run | {"measurement": run["measurement"] | {"window_time_s": None}, "variant": variant}


def _from_3(run: dict[str, Any]) -> dict[str, Any]:
    """Whether the CPU limited a published row was not said then."""
    variant, row = run["variant"], run["variant"]["repeats"]
    if row is None:
        return run
    by_cpu = row["title"].startswith(("async sleep", "PostgreSQL"))
    return run | {"variant": variant | {"repeats": row | {"cpu_limited": by_cpu}}}


def _difference(found: Any, expected: Any, at: str = "") -> str | None:
    """Where a document and what was understood of it part; None if nowhere."""
    if found == expected:
        return None
    if isinstance(found, dict) and isinstance(expected, dict):
        if odd := found.keys() ^ expected.keys():
            return f"{at}.{min(odd)}".lstrip(".")
        pairs = ((f"{at}.{key}", found[key], expected[key]) for key in found)
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = ((f"{at}[{place}]", one, other) for place, (one, other) in enumerate(zip(found, expected, strict=True)))
    else:
        return None if found == expected else at.lstrip(".")
    return next((where for path, one, other in pairs if (where := _difference(one, other, path))), None)


# --- captures ------------------------------------------------------------------------------


def reference_path(folder: Path, scale: Scale) -> Path:
    """reference.json holds the capture at the post's scale, reference.auto.json the default one."""
    return folder / ("reference.json" if scale == "post" else f"reference.{scale}.json")


def machine_path(folder: Path, scale: Scale, machine: str) -> Path:
    """Where the capture of a machine besides the reference lies."""
    return folder / "machines" / (f"{machine}.json" if scale == "post" else f"{machine}.{scale}.json")


def machine_paths(folder: Path, scale: Scale) -> list[Path]:
    """The captures that other machines have at a scale, by their names."""
    found = sorted((folder / "machines").glob("*.json"))
    return [path for path in found if path == machine_path(folder, scale, path.name.split(".")[0])]


def reference(folder: Path, scale: Scale) -> Result | None:
    """The capture as it lies there now. Pages ask for the same ones hundreds of times: each version is read once."""
    path = reference_path(folder, scale)
    return _read_once(path, path.stat().st_mtime_ns) if path.exists() else None


@cache
def _read_once(path: Path, written_ns: int) -> Result:
    return read(path)
