"""Looks the pinned packages up for known vulnerabilities, and tells a clean result from none."""

import json
import subprocess
import sys
from dataclasses import dataclass

from labs.engine.paths import ROOT

ASK = ("--requirement", "requirements.txt", "--disable-pip", "--format", "json", "--progress-spinner", "off")


@dataclass(frozen=True)
class Advice:
    """`flaws` are known vulnerabilities, a sentence each; `notice` says what could not be looked up."""

    flaws: tuple[str, ...]
    notice: str | None = None


def look_up() -> Advice:
    """What the package index knows of every pin in requirements.txt."""
    argv = [sys.executable, "-m", "pip_audit", *ASK, "--timeout", "10"]
    told = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    try:
        packages = json.loads(told.stdout)["dependencies"]
    except ValueError:
        why = (told.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        return Advice((), f"known vulnerabilities were not looked up: {why}")
    flaws = tuple(
        f"{package['name']} has a known vulnerability, {flaw['id']}: raise its pin in requirements.txt"
        for package in packages
        for flaw in package.get("vulns", [])
    )
    unknown = sum("skip_reason" in package for package in packages)
    notice = (
        f"{unknown} of {len(packages)} packages are not on the index in reach; "
        "known vulnerabilities in them were not looked up"
    )
    return Advice(flaws, notice if unknown else None)
