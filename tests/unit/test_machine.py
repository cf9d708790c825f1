"""What this machine has, asked before anything of ours exists on it."""

from pathlib import Path

import pytest

from labs.engine.harness import machine


def test_the_disk_is_known_before_the_folder_for_runs_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "not" / "yet"))
    assert machine.free_disk_bytes() > 0
