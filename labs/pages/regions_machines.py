"""Captures of several machines side by side: labs/labNN_mechanism/machines/NAME.json beside the reference."""

from labs import catalog
from labs.pages.regions import SIZES
from labs.runner import captures, report, store, words
from labs.runner.guards import is_judged
from labs.runner.model import Lab, Result, Scale
from labs.runner.verdict import by_variant, judge, median_run

REFERENCE = "reference"


def machines() -> str:
    """What each machine is, then a row a lab and size with what each of them measured."""
    found = captured_by_machine()
    names = sorted({name for results in found.values() for name in results} - {REFERENCE})
    lines = ["", "| machine | CPU | cores | memory | system |", "|---|---|--:|--:|---|"]
    for name in (REFERENCE, *names):
        origin = next(results[name] for results in found.values() if name in results).provenance
        memory = words.size(origin.memory_bytes)
        lines.append(f"| {name} | {origin.cpu} | {origin.cores:g} | {memory} | {origin.system} |")
    lines += ["", f"| lab | size | {' | '.join((REFERENCE, *names))} |", f"|---|---|{'---|' * (1 + len(names))}"]
    for (lab, scale), results in found.items():
        if set(results) > {REFERENCE}:
            cells = [_cell(lab, scale, results.get(name)) for name in (REFERENCE, *names)]
            link = f"[{lab.name} {lab.title}](labs/lab{lab.number:02d}.md)"
            lines.append(f"| {link} | {SIZES[scale]} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", ""])


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
        return words.NONE
    grouped = list(by_variant(result).values())
    run = median_run(next((runs for runs in reversed(grouped) if is_judged(runs[0])), grouped[0]))
    outcome = judge(lab, result).outcome
    said = report.GRADES[outcome] if lab.grades else outcome
    stale = "" if captures.is_current(lab, scale, result) else " (stale)"
    measured, predicted = run.measurement.throughput_per_s, run.prediction.throughput_per_s
    return f"{run.variant.name}: {words.rate(measured)} of {words.rate(predicted)}, {said}{stale}"
