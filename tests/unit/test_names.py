"""One word for one thing: names that were replaced do not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPLACED = {
    r"\bdog\b": "watchdog",
    r"undivided": "signals.deferred",
    r"Housekeeping": "RawRun",
    r"[Bb]ystander|BYSTANDER": "probe",
    r"[Cc]ompanion|COMPANION": "sidecar",
    r"\bcalibrat": "baseline",
    r"\bforet(old|ell)": "predicted",
    r"\bbound_by\b|boundBy|\bbound by\b": "limited by",
    r"clock_bound|cpu_bound\b": "clock_limited, cpu_limited",
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"model\.js": "queueing.js",
    r"labs[./]runner": "labs.engine",
    r"\bhold_s\b": "steady_s",
    r"worker_answers|http_answers": "responses",
}
LOOKED_AT = [
    path
    for pattern in (
        "app/*.py", "k6/*.js", "labs/**/*.py", "labs/**/*.txt", "tests/**/*.py", "docs/**/*.md", "docs/assets/*.js", "docs/*.ipynb",
        "*.md", "tasks.py", "pyproject.toml", ".github/**/*.yml",
    )
    for path in ROOT.glob(pattern)
    if path != Path(__file__)
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), REPLACED.items())
def test_an_old_name_is_not_used(old: str, new: str) -> None:
    assert len(LOOKED_AT) > 150
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in LOOKED_AT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(old, line) and "lab09_cpu_bound" not in line
    ]
    assert not found, f"say {new}: " + "; ".join(found[:8])
