"""Captures of several machines side by side: labs/labNN_mechanism/machines/NAME.json beside the reference."""

from labs import captures, catalog
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE, rate
from labs.engine.harness.provenance import Provenance
from labs.engine.judgement.scope import is_judged
from labs.engine.judgement.verdict import judge
from labs.engine.results import store
from labs.engine.results.result import Result, median_runs
from labs.engine.show import report
from labs.pages import markdown
from labs.pages.captured import SIZES

REFERENCE = "reference"


def machines() -> str:
    """What each machine is, then a row per lab and size with what each of them measured."""
    found = captured_by_machine()
    names = (REFERENCE, *sorted({name for results in found.values() for name in results} - {REFERENCE}))
    described = _references(found)
    for name in names[1:]:
        origin = next(results[name] for results in found.values() if name in results).provenance
        described.append((name, *_of(origin)))
    measured = []
    for (lab, scale), results in found.items():
        if set(results) > {REFERENCE}:
            cells = [_cell(lab, scale, results.get(name)) for name in names]
            measured.append((f"[{lab.name} {lab.title}](labs/lab{lab.number:02d}.md)", SIZES[scale], *cells))
    first = markdown.table(("machine", "CPU", "cores", "memory", "system"), described, words=2, last_words=1)
    second = markdown.table(("lab", "size", *names), measured, words=2 + len(names))
    return markdown.region([*first, "", *second])


def _references(found: dict[tuple[Lab, Scale], dict[str, Result]]) -> list[tuple[str, ...]]:
    """The machines of the reference captures, each with what was captured on it."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for (lab, scale), results in found.items():
        if REFERENCE in results:
            which = lab.name if scale == "auto" else f"{lab.name} at {SIZES[scale]} size"
            grouped.setdefault(_of(results[REFERENCE].provenance), []).append(which)
    most_first = sorted(grouped.items(), key=lambda one: -len(one[1]))
    (first, _), *others = most_first
    return [(REFERENCE, *first), *((f"{REFERENCE} of {', '.join(labs)}", *of) for of, labs in others)]


def _of(origin: Provenance) -> tuple[str, ...]:
    """Of the memory whole gigabytes: the same machine reports a few megabytes more or less from day to day."""
    return origin.cpu, f"{origin.cores:g}", f"{origin.memory_bytes // 10**9} GB", origin.system


def captured_by_machine() -> dict[tuple[Lab, Scale], dict[str, Result]]:
    """The results of every lab and scale by the machine's name, the reference machine's first."""
    found: dict[tuple[Lab, Scale], dict[str, Result]] = {}
    for lab in catalog.labs():
        for scale in lab.captured_at:
            results = {REFERENCE: store.reference(catalog.folder(lab), scale)}
            results |= {
                path.name.split(".")[0]: store.read(path) for path in store.machine_paths(catalog.folder(lab), scale)
            }
            found[lab, scale] = {name: result for name, result in results.items() if result}
    return found


def _cell(lab: Lab, scale: Scale, result: Result | None) -> str:
    """The lab's last judged row: measured, predicted, and the verdict of all its rows."""
    if result is None:
        return NONE
    found = list(median_runs(result).values())
    run = next((run for run in reversed(found) if is_judged(run)), found[0])
    said = report.said(lab, judge(lab, result).outcome)
    stale = "" if captures.is_current(lab, scale, result) else " (stale)"
    predicted = f" of {rate(run.predicted_per_s)}" if run.predicted_per_s else ""
    return f"{run.variant.name}: {rate(run.throughput_per_s)}{predicted}, {said}{stale}"
