"""Known vulnerabilities: a clean result is told from none at all."""

import subprocess
from contextlib import nullcontext

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

from labs.command_line import keeping


@pytest.mark.parametrize(
    ("printed", "says", "fails"),
    [
        ('{"dependencies": [{"name": "k6", "vulns": []}]}', "", False),
        ('{"dependencies": [{"name": "k6", "skip_reason": "not found"}]}', "1 of 1 packages", False),
        ('{"dependencies": [{"name": "k6", "vulns": [{"id": "CVE-1"}]}]}', "k6 has a known vulnerability, CVE-1", True),
        ("", "were not looked up: no route to host", False),
    ],
)
def test_the_audit_tells_a_clean_result_from_none(
    printed: str, says: str, fails: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed_by_the_tool = subprocess.CompletedProcess([], 0, stdout=printed, stderr="no route to host")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: printed_by_the_tool)
    with pytest.raises(Exit) if fails else nullcontext():
        keeping.audit.body(Context())
    told = " ".join(capsys.readouterr().err.split())
    assert says in told if says else told == ""
