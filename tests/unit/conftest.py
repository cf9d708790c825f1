"""What holds for this folder: nothing here starts a process, so that all of it takes seconds."""

import subprocess

import pytest


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*command: object, **_: object) -> None:
        raise AssertionError(f"tests/unit starts no process, and this would: {command[1:]}. Move the test to tests/")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
