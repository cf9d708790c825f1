"""One word for one thing: names that were replaced do not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPLACED = {
    r"\bdog\b": "watchdog",
    r"undivided": "signals.deferred",
    r"housekeeping": "RawRun",
    r"bystander": "probe",
    r"companion": "sidecar",
    r"\bcalibrat": "baseline",
    r"\bforet(old|ell)": "predicted",
    r"\bbound_?by\b|\bbound by\b": "limited by",
    r"clock_bound|(?<!lab09_)cpu_bound\b": "clock_limited, cpu_limited",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"(?<!open_)\bmodel\.js": "queueing.js",
    r"labs[./]runner": "labs.engine",
    r"\bhold_s\b": "steady_s",
    r"worker_answers|http_answers": "responses",
}
WRITTEN = (
    *("app/*.py", "k6/*.js", "labs/**/*.py", "labs/**/*.txt", "tests/**/*.py", "tasks.py", "pyproject.toml"),
    *("*.md", "docs/**/*.md", "docs/*.txt", "docs/*.ipynb", "docs/assets/*.js", "docs/assets/*.css"),
    *("mkdocs.yml", ".ci/run", ".github/**/*.yml", ".devcontainer/*.json"),
)
# all but this list itself
LOOKED_AT = [path for pattern in WRITTEN for path in ROOT.glob(pattern) if path != Path(__file__)]


@pytest.mark.parametrize(("old", "new"), REPLACED.items())
def test_an_old_name_is_not_used(old: str, new: str) -> None:
    assert len(LOOKED_AT) > 150
    pattern = re.compile(old, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in LOOKED_AT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found, f"say {new}: " + "; ".join(found[:8])
