"""Keeps every generated region and figure of the pages in step with the captures: cog's run."""

from pathlib import Path

from cogapp.cogapp import Cog, CogError  # type: ignore[import-untyped]

from labs import catalog
from labs.pages import (
    figure,
    figure_panel,
    figure_timeline,
    regions_course,
    regions_overview,
    regions_simulated,
    simulated,
    social,
)
from labs.runner import store
from labs.runner.model import UsageError

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FIGURES = DOCS / "figures"
REGIONS = (
    "regions",
    "regions_labs",
    "regions_beyond",
    "regions_overview",
    "regions_simulated",
    "regions_presets",
    "regions_course",
    "regions_machines",
)
IMPORTS = [f"from labs.pages.{name} import *" for name in REGIONS]
PROLOGUE = "\n".join([*IMPORTS, "from labs.pages.budgets import table as budgets"])


def pictures() -> dict[Path, str]:
    """Every figure of every capture, as the file it belongs in and its text."""
    draws = {
        "home": figure.bars(regions_overview.ways(), "requests answered a second"),
        "comparison": figure.scatter(
            regions_overview.captured_points(), "steady throughput, requests/s", "p99, seconds"
        ),
        "query-wait": figure.curves(
            regions_overview.query_wait_series(), "the query's wait, ms", "throughput, requests/s"
        ),
    }
    for lab in catalog.labs():
        for scale in lab.captured_at:
            result = store.reference(catalog.folder(lab), scale)
            if result:
                draws[f"lab{lab.number:02d}-{scale}-throughput"] = figure.throughput(result)
                draws[f"lab{lab.number:02d}-{scale}-timeline"] = figure_timeline.timeline(result)
                draws[f"lab{lab.number:02d}-{scale}-resources"] = figure_timeline.resources(result)
                if figure_panel.has_gauges(result):
                    draws[f"lab{lab.number:02d}-{scale}-panel"] = figure_panel.gauges(result)
    return {
        FIGURES / f"{name}.{palette}.svg": text
        for name, draw in draws.items()
        for palette, text in figure.svgs(draw).items()
    }


def generated() -> dict[Path, str]:
    """Every file that has generated content, and what it should hold."""
    cog = Cog()
    cog.options.prologue = PROLOGUE
    wanted = pictures()
    wanted[regions_course.LLMS] = regions_course.llms()
    wanted[simulated.FILE] = simulated.document(regions_simulated.scenarios())
    for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        if "[[[cog" in text:
            try:
                wanted[path] = cog.process_string(text, str(path))
            except CogError as error:
                raise UsageError(f"{path.relative_to(ROOT)}: {str(error).splitlines()[-1]}") from error
    return wanted


def render(check: bool) -> list[Path]:
    """Bring every generated file up to date, or with `check` only find out; returns the stale ones.

    A figure that no capture draws any more is stale too.
    """
    wanted = generated()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    ways = regions_overview.ways()
    shared_is_stale = not social.is_current(ways)
    orphans = [path for path in sorted(FIGURES.glob("*.svg")) if path not in wanted]
    if not check:
        for path in stale:
            store.write_text(path, wanted[path])
        if shared_is_stale:
            social.FILE.write_bytes(social.png(ways))
        for path in orphans:
            path.unlink()
    return [*stale, *orphans, *([social.FILE] if shared_is_stale else [])]
