"""The committed captures: makes them, and says whether they still speak of this code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from labs import catalog
from labs.runner import machine, provenance, records, store
from labs.runner.model import Lab, Machine, Result, Scale, UsageError
from labs.runner.run import Plan, Progress, run_lab

REPEATS = 3
DOCS = Path(__file__).resolve().parents[2] / "docs"
NOTEBOOK = (2, "auto", "T-40")  # lab, scale and variant whose requests docs/explore.ipynb computes with
State = Literal["current", "stale", "missing"]


def state(lab: Lab, scale: Scale, named: str = "") -> State:
    """current: what executed then is what would execute now, on a machine of as many cores.

    Of the reference machine, or of the one of that name.
    """
    path = _path(lab, scale, named)
    if not path.exists():
        return "missing"
    return "current" if is_current(lab, scale, store.read(path)) else "stale"


def _path(lab: Lab, scale: Scale, named: str) -> Path:
    folder = catalog.folder(lab)
    return store.machine_path(folder, scale, named) if named else store.reference_path(folder, scale)


def is_current(lab: Lab, scale: Scale, kept: Result) -> bool:
    return kept.provenance.fingerprint == provenance.fingerprint(lab.rows(scale, Machine(kept.provenance.cores)))


def capture(lab: Lab, scale: Scale, progress: Progress, named: str = "") -> Result:
    """Run the lab and replace its reference file, or with `named` the file of the machine of that name.

    Raises UsageError if the code is not committed or the installed packages are not the pinned ones:
    the capture could not be repeated.
    """
    _, dirty = provenance.git_state()
    if dirty:
        raise UsageError("a capture is of committed code: commit or stash what `git status` lists, then capture")
    pinned, installed = provenance.pinned_versions(), provenance.installed_versions()
    if different := [name for name in pinned if pinned[name] != installed[name]]:
        raise UsageError(
            f"{', '.join(different)}: not the pinned version. python -m pip install -r requirements-dev.txt"
        )
    variants = lab.rows(scale, Machine(machine.cores()))
    result, folder = run_lab(Plan(lab, scale, variants, REPEATS), progress)
    store.save(result, _path(lab, scale, named))
    if (lab.number, scale) == NOTEBOOK[:2] and not named:
        keep_for_notebook(folder)
    return result


def keep_for_notebook(folder: Path) -> None:
    """The requests of the variant's first repeat, from the folder of the run that was captured."""
    first = min(folder.glob(f"*-{NOTEBOOK[2]}"))
    records.keep_points(first / "requests.json.gz", DOCS / "data" / "lab02-auto-requests.json.gz")


def problems(labs: Sequence[Lab]) -> list[str]:
    """Every lab without page or current capture, every page without a lab; empty if all is well."""
    found = []
    for lab in labs:
        if not (DOCS / "labs" / f"lab{lab.number:02d}.md").exists():
            found.append(f"{lab.name} has no page: write docs/labs/lab{lab.number:02d}.md")
        for scale in lab.captured_at:
            now = state(lab, scale)
            if now != "current":
                found.append(
                    f"{lab.name}: its capture at the {scale} scale is {now}. invoke capture --lab {lab.number}"
                )
        known = {row.id for row in lab.sources}
        for variant in lab.rows("post", Machine(2.0)):
            if variant.source and variant.source not in known:
                found.append(f"{lab.name}: {variant.name} names a source that does not exist, {variant.source!r}")
    numbers = {f"lab{lab.number:02d}" for lab in labs}
    found += [
        f"docs/labs/{page.name} has no lab"
        for page in sorted((DOCS / "labs").glob("lab*.md"))
        if page.stem not in numbers
    ]
    return found
