"""Reads and writes result files: whole or not at all, and only of the schema this code knows."""

import json
import os
import tempfile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from labs.runner.model import SCHEMA_VERSION, NoiseFloor, Result, Scale, UsageError

RESULT = TypeAdapter(Result)
FLOORS = TypeAdapter(dict[str, NoiseFloor])
RUNS = Path(__file__).resolve().parents[2] / "runs"
RESULT_NAME = "result.json"
NOISE_NAME = "noise.json"


def write_text(path: Path, text: str) -> None:
    """Replace `path` in one step: a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def save(result: Result, path: Path) -> None:
    """Raises UsageError if the file cannot be written; what was there before is then untouched."""
    try:
        write_text(path, RESULT.dump_json(result).decode() + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}. Free space there, or mend its permissions") from error


def read(path: Path) -> Result:
    """Raises UsageError if the file is missing, truncated, of another schema, or not a result."""
    try:
        text = path.read_text(encoding="utf-8")
        version = json.loads(text)["schema_version"]
        if version != SCHEMA_VERSION:
            raise UsageError(f"{path} has schema {version}, this code reads {SCHEMA_VERSION}: capture it anew")
        return RESULT.validate_json(text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise UsageError(
            f"{path} is not a result file ({type(error).__name__}): restore it with git checkout, or capture it anew"
        ) from error


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
    path = reference_path(folder, scale)
    return read(path) if path.exists() else None


def noise_floors() -> dict[str, NoiseFloor]:
    """The noise floor of each machine this checkout ran lab 0 on; none where that file is missing or damaged."""
    try:
        return FLOORS.validate_json((RUNS / NOISE_NAME).read_bytes())
    except (OSError, ValidationError):
        return {}


def keep_noise_floor(machine: str, floor: NoiseFloor) -> None:
    write_text(RUNS / NOISE_NAME, FLOORS.dump_json(noise_floors() | {machine: floor}, indent=1).decode() + "\n")


def new_run_folder(started: str, lab: str, scale: Scale) -> Path:
    """A fresh folder below `runs/`, named so that sorting by name sorts by time."""
    stem = f"{started.replace(':', '').replace('+0000', '')}-{lab}-{scale}"
    for attempt in range(100):
        path = RUNS / (stem if attempt == 0 else f"{stem}-{attempt}")
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                f"cannot write below {RUNS}: {error.strerror}. Free space there, or mend its permissions"
            ) from error
    raise UsageError(f"{RUNS} is full of runs of this second: `invoke clean`")


def latest(lab: str | None = None) -> Path | None:
    """The newest result below `runs/`, of one lab or of any."""
    pattern = f"*-{lab}-*" if lab else "*"
    found = sorted(path for path in RUNS.glob(f"{pattern}/{RESULT_NAME}"))
    return found[-1] if found else None
