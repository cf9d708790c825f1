"""`invoke test`: what fails beside other tests runs once more by itself."""

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

from labs.command_line import keeping


def asked_for(monkeypatch: pytest.MonkeyPatch, *statuses: int) -> tuple[list[str], int]:
    """What pytest is asked for, where it ends with these statuses, and the status of the whole."""
    asked: list[str] = []
    left = iter(statuses)

    def module(c: Context, name: str, arguments: str) -> None:
        asked.append(arguments)
        if status := next(left):
            raise Exit(code=status)

    monkeypatch.setattr(keeping, "module", module)
    try:
        keeping.test.body(Context())
    except Exit as ended:
        return asked, ended.code
    return asked, 0


def test_what_passes_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, status = asked_for(monkeypatch, 0)
    assert len(asked) == 1 and status == 0


@pytest.mark.parametrize("again", [0, 1])
def test_what_fails_runs_once_more_alone_and_that_decides(again: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, status = asked_for(monkeypatch, 1, again)
    assert len(asked) == 2 and "--last-failed" in asked[1] and "numprocesses" not in asked[1] and status == again


def test_where_the_tests_did_not_run_nothing_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, status = asked_for(monkeypatch, 4)
    assert len(asked) == 1 and status == 4
