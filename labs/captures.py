"""The committed captures: records them, and says whether they still speak of this code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from labs import catalog
from labs.engine import paths
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Scale
from labs.engine.errors import UsageError
from labs.engine.harness import machine, provenance, quiet
from labs.engine.harness.fingerprint import fingerprint, pinned_versions
from labs.engine.harness.load import REQUESTS
from labs.engine.harness.plan import Plan
from labs.engine.results import records, store
from labs.engine.results.result import Result
from labs.engine.run import Progress, run_lab

REPEATS = 3
State = Literal["current", "stale", "missing"]


def state(lab: Lab, scale: Scale, named: str | None = None) -> State:
    """current: what executed then is what would execute now, on a machine of as many cores.

    Of the reference machine, or of the one of that name.
    """
    path = _path(lab, scale, named)
    if not path.exists():
        return "missing"
    try:
        return "current" if is_current(lab, scale, store.read(path)) else "stale"
    except UsageError:  # of another schema, or damaged: to be recorded again
        return "stale"


def _path(lab: Lab, scale: Scale, named: str | None) -> Path:
    folder = catalog.folder(lab)
    return store.machine_path(folder, scale, named) if named else store.reference_path(folder, scale)


def is_current(lab: Lab, scale: Scale, kept: Result) -> bool:
    return kept.provenance.fingerprint == fingerprint(lab.rows(scale, Machine(kept.provenance.cores)))


def capture(lab: Lab, scale: Scale, progress: Progress, named: str | None = None, port: int = 8000) -> Result:
    """Run the lab and replace its reference file, or with `named` the file of the machine of that name.

    Raises UsageError if the code is not committed or the installed packages are not the pinned ones:
    the capture could not be repeated.
    """
    _, dirty = provenance.git_state()
    if dirty:
        raise UsageError("a capture is of committed code: commit or stash what `git status` lists, then capture")
    variants = lab.rows(scale, Machine(machine.cores()))
    pinned = pinned_versions(variants)
    installed = provenance.installed_versions(pinned)
    if different := [name for name in pinned if pinned[name] != installed[name]]:
        raise UsageError(
            f"{', '.join(different)}: not the pinned version. python -m pip install -r requirements-dev.txt"
        )
    if scale != "smoke":  # that one measures nothing
        quiet.wait(progress.note)
    often = max(REPEATS, lab.segments)
    planned = Plan(lab=lab, scale=scale, variants=variants, repeats=often, once_repeats=REPEATS, port=port)
    result, folder = run_lab(planned, progress)
    store.save(result, _path(lab, scale, named))
    if lab.notebook and scale == "auto" and not named:
        keep_for_notebook(lab, folder, result)
    return result


def notebook_file(lab: Lab) -> Path:
    """The requests that docs/explore.ipynb computes with."""
    return paths.DOCS / "data" / f"lab{lab.number:02d}-auto-requests.json.gz"


def keep_for_notebook(lab: Lab, folder: Path, result: Result) -> None:
    """The requests of the notebook's variant in the first repeat, from the folder of the run that was captured."""
    place = next(place for place, run in enumerate(result.runs, start=1) if run.variant.name == lab.notebook)
    (source,) = folder.glob(f"{place:02d}-*/{REQUESTS}")
    records.keep_points(source, notebook_file(lab))


def problems(labs: Sequence[Lab]) -> list[str]:
    """Every lab without page or current capture, every page without a lab; empty if all is well."""
    found = []
    for lab in labs:
        if not page(lab).exists():
            found.append(f"{lab.name} has no page: write docs/labs/{page(lab).name}")
        for scale in lab.captured_at:
            now = state(lab, scale)
            if now != "current":
                found.append(
                    f"{lab.name}: its capture at the {scale} scale is {now}. invoke capture --lab {lab.number}"
                )
    pages = {page(lab).name for lab in labs}
    written = sorted((paths.DOCS / "labs").glob("lab*.md"))
    return found + [f"docs/labs/{one.name} has no lab" for one in written if one.name not in pages]


def page(lab: Lab) -> Path:
    return paths.DOCS / "labs" / f"lab{lab.number:02d}.md"
