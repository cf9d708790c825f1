"""Who may run beside whom in one home folder, and what is said to whoever may not."""

import os
import re
from pathlib import Path

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

from labs.command_line import keeping
from labs.engine import paths
from labs.engine.errors import UsageError
from labs.engine.harness import lock


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["/any/where/bin/invoke", "app", "--variant", "T = 40"])
    return tmp_path


def test_a_run_refuses_everything_else_and_is_named(home: Path) -> None:
    named = re.escape(f"invoke app --variant 'T = 40' (process {os.getpid()}, port 8700) is running here")
    with lock.exclusive_lock(8700):
        for other in (lock.exclusive_lock, lock.measuring, lock.serving):
            with pytest.raises(UsageError, match=named), other():
                raise AssertionError("two would measure each other")
        assert lock.holder() == f"invoke app --variant 'T = 40' (process {os.getpid()}, port 8700)"
    assert lock.holder() is None
    with lock.exclusive_lock():
        pass


def test_a_service_that_waits_may_be_measured_from_outside_but_no_other_may_start(home: Path) -> None:
    with lock.serving(8700):
        with lock.measuring():
            pass
        with pytest.raises(UsageError, match="port 8700"), lock.exclusive_lock():
            raise AssertionError("a second service was started")
    with lock.measuring(), pytest.raises(UsageError, match="is running here"), lock.exclusive_lock():
        raise AssertionError("an attached diagnosis was disturbed")


def test_a_lock_that_says_nothing_still_refuses(home: Path) -> None:
    with lock.measuring():
        (paths.runs() / lock.MEASURING).write_text("")
        with pytest.raises(UsageError, match="another command is running here"), lock.measuring():
            raise AssertionError("not refused")


def test_nothing_is_removed_while_something_runs(home: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(paths, "ROOT", home / "checkout")  # its site/ isn't this test's to remove
    kept = home / "runs" / "one" / "result.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    for held in (lock.exclusive_lock, lock.serving, lock.measuring):
        with held(), pytest.raises(Exit) as refused:
            keeping.clean(Context())
        assert refused.value.code == 2 and kept.exists()
    keeping.clean(Context())
    assert not (home / "runs").exists()
