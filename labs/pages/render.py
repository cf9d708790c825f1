"""Keeps every generated region and figure of the pages in step with the captures: cog's run.

A page's call names its module: `results.table(2)` is in `regions/results.py`, `lab08.sweep_of_workers()`
in that lab's `tables.py`.
"""

from collections.abc import Callable
from pathlib import Path

from cogapp.cogapp import Cog, CogError  # type: ignore[import-untyped]

from labs import catalog
from labs.engine import paths
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.results import store
from labs.pages import figure_server_metrics, figure_timeline, figures, simulated, social
from labs.pages.figures import Draw
from labs.pages.regions import comparison, course, mechanism, overview, simulator

ROOT = paths.ROOT
DOCS = paths.DOCS
FIGURES = DOCS / "figures"


def prologue() -> str:
    """What a page's calls may name: every module of `regions`, the budgets, and each lab's own tables."""
    regions = sorted(path.stem for path in (Path(__file__).parent / "regions").glob("[a-z]*.py"))
    own = [lab for lab in catalog.labs() if catalog.part(lab, "tables")]
    return "\n".join(
        [
            f"from labs.pages.regions import {', '.join(regions)}",
            "from labs.pages.site import budgets",
            *(f"from labs.{lab.slug} import tables as lab{lab.number:02d}" for lab in own),
        ]
    )


def pictures() -> dict[Path, str]:
    """Every figure of every capture and every lab's own, as the file it belongs in and its text."""
    draws: dict[str, Draw] = {
        "home": figures.bars(overview.bars(), "requests per second per worker"),
        comparison.NAME: comparison.picture(),
        **mechanism.pictures(),
    }
    for lab in catalog.labs():
        own: dict[str, Callable[[], Draw]] = getattr(catalog.part(lab, "tables"), "PICTURES", {})
        draws |= {name: draw() for name, draw in own.items()}
        for scale in lab.captured_at:
            if result := store.reference(catalog.folder(lab), scale):
                stem = f"lab{lab.number:02d}-{scale}"
                draws[f"{stem}-throughput"] = figures.throughput(result)
                draws[f"{stem}-timeline"] = figure_timeline.timeline(result)
                draws[f"{stem}-resources"] = figure_timeline.resources(result)
                if figure_server_metrics.has_gauges(result):
                    draws[f"{stem}-server-metrics"] = figure_server_metrics.gauges(result)
    return {
        FIGURES / f"{name}.{palette}.svg": text
        for name, draw in draws.items()
        for palette, text in figures.svgs(draw).items()
    }


def generated() -> dict[Path, str]:
    """Every file that has generated content, and what it should hold."""
    cog = Cog()
    cog.options.prologue = prologue()
    wanted = pictures()
    wanted[course.LLMS] = course.llms()
    wanted[simulated.FILE] = simulated.document(simulator.scenarios())
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
    bars = overview.bars()
    shared_is_stale = not social.is_current(bars)
    orphans = [path for path in sorted(FIGURES.glob("*.svg")) if path not in wanted]
    if not check:
        for path in stale:
            write_text(path, wanted[path])
        if shared_is_stale:
            social.FILE.write_bytes(social.png(bars))
        for path in orphans:
            path.unlink()
    return [*stale, *orphans, *([social.FILE] if shared_is_stale else [])]
