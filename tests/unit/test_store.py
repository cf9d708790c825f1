"""Result files: whole or untouched, and refused with a reason when they are not ours."""

import json
from pathlib import Path

import pytest

from labs.engine.errors import UsageError
from labs.engine.results import store
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
    "damage", ["truncated", "older", "foreign", "empty", "edited", "one field more", "one field less"]
)
def test_a_damaged_capture_is_refused_with_its_fix(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "reference.json"
    store.save(RESULT, path)
    text = path.read_text()
    document = json.loads(text)
    path.write_text(
        {
            "truncated": text[: len(text) // 2],
            "older": json.dumps(document | {"schema_version": 0}),
            "foreign": '{"hello": "world"}',
            "empty": "",
            "edited": json.dumps(document | {"runs": "many"}),
            "one field more": json.dumps(document | {"colour": "red"}),
            "one field less": json.dumps({key: document[key] for key in document if key != "noise"}),
        }[damage]
    )
    with pytest.raises(UsageError, match="restore it with git checkout, or record it again"):
        store.read(path)
