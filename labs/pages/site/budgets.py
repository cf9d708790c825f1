"""What the site may cost its readers, and what Lighthouse says of it: `invoke budgets` measures and keeps it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.paths import ROOT
from labs.pages import markdown
from labs.pages.site import browser, preview

FILE = ROOT / "docs" / "data" / "budgets.json"
LIGHTHOUSE = "lighthouse@12.8.2"
VISITS = 3
PAGES = {"home": "", "a lab": "labs/lab02/", "what limits it": "what-binds/"}
STRICTLY = ("build", "--strict")  # without --quiet, which hides the warnings from the count that --strict makes
SITE_ENVIRONMENT = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}

BUILD_S, PAGE_BYTES, PERFORMANCE, ACCESSIBILITY = 20.0, 350_000, 0.95, 1.0


@dataclass(frozen=True)
class PageBudget:
    """One page as Lighthouse saw it on a cold visit: scores from 0 to 1, bytes over the wire."""

    page: str
    performance: float
    accessibility: float
    transferred_bytes: int


@dataclass(frozen=True)
class Budgets:
    """`build_s`: the strict build of the whole site."""

    build_s: float
    pages: tuple[PageBudget, ...]


KEPT = TypeAdapter(Budgets)


def build(folder: Path, address: str) -> float:
    """Build the site strictly into `folder` for that address; returns seconds. Raises UsageError."""
    begun = time.monotonic()
    argv = [sys.executable, "-m", "mkdocs", *STRICTLY, "--site-dir", str(folder)]
    environment = os.environ | SITE_ENVIRONMENT | {"SITE_URL": address}
    built = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True)
    if built.returncode:
        said = "\n".join(line for line in built.stderr.splitlines() if not line.startswith("INFO"))
        raise UsageError(f"the site does not build: {said.strip()}. See invoke docs")
    return time.monotonic() - begun


def measure() -> Budgets:
    """Build the site and let Lighthouse visit three of its pages. Raises UsageError if a tool is missing."""
    if shutil.which("npx") is None:
        raise UsageError("Lighthouse comes from npm: install Node.js 20 or newer, which brings npx")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        build_s = build(site, "http://127.0.0.1/")
        with preview.server(site) as home:
            pages = tuple(_visited(name, home + path) for name, path in PAGES.items())
    return Budgets(round(build_s, 1), pages)


def keep(budgets: Budgets) -> None:
    write_text(FILE, KEPT.dump_json(budgets, indent=1).decode() + "\n")


def table() -> str:
    """The kept budgets as Markdown, each with its limit."""
    kept = KEPT.validate_json(FILE.read_bytes())
    limits = (f"*at least {PERFORMANCE:.2f}*", f"*{ACCESSIBILITY:.2f}*", f"*at most {PAGE_BYTES / 1000:.0f} kB*")
    rows: list[tuple[str, ...]] = [
        (one.page, f"{one.performance:.2f}", f"{one.accessibility:.2f}", f"{one.transferred_bytes / 1000:.0f} kB")
        for one in kept.pages
    ]
    says = (
        f"Each page is the median of {VISITS} visits on the captures' machine, with Lighthouse's own slow phone. "
        f"The strict build of the whole site took {kept.build_s:.1f} s; its budget is {BUILD_S:.0f} s."
    )
    headings = ("page", "Lighthouse performance", "accessibility", "transferred, cold")
    return markdown.region([*markdown.table(headings, [*rows, ("*budget*", *limits)]), "", says])


def over(budgets: Budgets) -> list[str]:
    """Which budgets are exceeded, in words; empty if none."""
    found = [f"the build took {budgets.build_s} s, more than {BUILD_S:g}"] if budgets.build_s > BUILD_S else []
    for one in budgets.pages:
        if one.performance < PERFORMANCE:
            found.append(f"{one.page}: performance {one.performance}, less than {PERFORMANCE}")
        if one.accessibility < ACCESSIBILITY:
            found.append(f"{one.page}: accessibility {one.accessibility}, less than {ACCESSIBILITY}")
        if one.transferred_bytes > PAGE_BYTES:
            found.append(f"{one.page}: {one.transferred_bytes:,} bytes, more than {PAGE_BYTES:,}")
    return found


def _visited(name: str, address: str) -> PageBudget:
    """The visit of the median performance: on a small machine one and the same page scores now 0.8, now 0.99."""
    visits = sorted((_visit(name, address) for _ in range(VISITS)), key=lambda one: one.performance)
    return visits[VISITS // 2]


def _visit(name: str, address: str) -> PageBudget:
    chrome = " ".join(["--headless=new", *browser.flags()])
    argv = ["npx", "--yes", LIGHTHOUSE, address, "--output=json", "--quiet", f"--chrome-flags={chrome}"]
    argv.append("--only-categories=performance,accessibility")
    environment = os.environ | {"CHROME_PATH": str(browser.find())}
    told = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=300)
    if told.returncode:
        raise UsageError(f"Lighthouse failed at {name}: {(told.stderr.strip().splitlines() or ['no word'])[-1]}")
    report = json.loads(told.stdout)
    scores = {key: float(value["score"]) for key, value in report["categories"].items()}
    weight = int(report["audits"]["total-byte-weight"]["numericValue"])
    return PageBudget(name, scores["performance"], scores["accessibility"], weight)
