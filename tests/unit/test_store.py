"""Result files: whole or untouched, and refused with a reason when they are not ours."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labs.engine.errors import UsageError
from labs.engine.results import store
from labs.engine.results.result import SCHEMA_VERSION
from tests.unit.builders import measurement, result, run

RESULT = result(run(measurement()))


def test_a_result_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    store.save(RESULT, tmp_path / "reference.json")
    assert store.read(tmp_path / "reference.json") == RESULT
    assert [path.name for path in tmp_path.iterdir()] == ["reference.json"]


@pytest.mark.fault
def test_a_failed_write_keeps_the_capture_and_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reference.json"
    store.save(RESULT, path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        store.save(result(run(measurement(1.0))), path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.fault
@pytest.mark.parametrize(
    "damage", ["truncated", "older", "of another kind", "empty", "edited", "one field more", "one field less"]
)
def test_a_damaged_capture_is_refused_with_its_fix(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "reference.json"
    store.save(RESULT, path)
    text = path.read_text()
    document = json.loads(text)
    path.write_text(
        {
            "truncated": text[: len(text) // 2],
            "older": json.dumps(document | {"schema_version": 1}),
            "of another kind": '{"hello": "world"}',
            "empty": "",
            "edited": json.dumps(document | {"runs": "many"}),
            "one field more": json.dumps(document | {"colour": "red"}),
            "one field less": json.dumps({key: document[key] for key in document if key != "noise"}),
        }[damage]
    )
    with pytest.raises(UsageError, match="restore it with git checkout, or record it again"):
        store.read(path)


def test_a_capture_of_the_old_schema_says_which_it_has_and_which_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    document = json.loads(store.RESULT.dump_json(RESULT))
    path.write_text(json.dumps(document | {"schema_version": 1}))
    with pytest.raises(UsageError, match=f"has schema 1, this code reads {SCHEMA_VERSION}: {store.FIX}"):
        store.read(path)


def test_a_result_of_an_older_schema_is_read_as_what_it_says(tmp_path: Path) -> None:
    path, document = tmp_path / "reference.json", json.loads(store.RESULT.dump_json(RESULT))
    for one in document["runs"]:
        del one["measurement"]["window_time_s"], one["variant"]["whole_run_times"]
        one["variant"]["server_metrics"] = True
        if one["variant"]["repeats"]:
            del one["variant"]["repeats"]["cpu_limited"]
    path.write_text(json.dumps(document | {"schema_version": 2}))
    found = store.read(path)
    assert found.schema_version == SCHEMA_VERSION
    assert {run.variant.server_metrics for run in found.runs} == {"exported"}
    assert all(run.times == run.measurement.response_time_s and run.users_outside is None for run in found.runs)


@pytest.mark.parametrize(
    ("inside", "field"),
    [
        ((), "colour"),
        (("provenance",), "provenance.colour"),
        (("runs", 0, "variant", "load"), "runs[0].variant.load.colour"),
        (("runs", 0, "measurement", "response_time_s"), "runs[0].measurement.response_time_s.colour"),
    ],
)
def test_a_field_that_this_code_does_not_know_is_named(
    tmp_path: Path, inside: tuple[str | int, ...], field: str
) -> None:
    path, document = tmp_path / "reference.json", json.loads(store.RESULT.dump_json(RESULT))
    part(document, inside)["colour"] = "red"
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=rf"\({re.escape(field)}\): {store.FIX}"):
        store.read(path)


@pytest.mark.parametrize(
    ("inside", "field", "named"),
    [
        ((), "stopped", "stopped"),  # has a default, and is written all the same
        ((), "runs", "runs"),
        (("runs", 0, "variant"), "workers", "runs.0.variant.workers"),
        (("runs", 0, "measurement"), "probe_failed", "runs.0.measurement.probe_failed"),
        (("runs", 0, "measurement", "window"), "waves", "runs.0.measurement.window.waves"),
    ],
)
def test_a_field_that_is_missing_is_named(
    tmp_path: Path, inside: tuple[str | int, ...], field: str, named: str
) -> None:
    path, document = tmp_path / "reference.json", json.loads(store.RESULT.dump_json(RESULT))
    del part(document, inside)[field]
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=rf"\((at )?{re.escape(named)}\b.*\): {store.FIX}"):
        store.read(path)


def test_a_variant_recorded_before_a_field_was_declared_is_at_its_default(tmp_path: Path) -> None:
    path, document = tmp_path / "reference.json", json.loads(store.RESULT.dump_json(RESULT))
    del document["runs"][0]["variant"]["request"], document["runs"][0]["variant"]["load"]["pauses"]
    path.write_text(json.dumps(document))
    assert store.read(path) == RESULT


def part(document: Any, inside: tuple[str | int, ...]) -> Any:
    for key in inside:
        document = document[key]
    return document
