"""How often a diagnosis of a service whose limit is known was right: the table of `invoke selftest --part zoo`."""

import json
from dataclasses import dataclass
from typing import Any

from labs.engine.formatting import NONE, off, rate
from labs.engine.paths import DOCS
from labs.pages import markdown

FILE = DOCS / "data" / "zoo.json"
PROOFS = DOCS / "data" / "zoo-proofs.json"
SAID = {"right": "right", "between": "right, with a second one", "inconclusive": "inconclusive", "wrong": "wrong"}


@dataclass(frozen=True)
class Species:
    """A service with all its runs, as `tests/zoo/judging.py` writes them."""

    name: str
    runs: tuple[dict[str, Any], ...]

    @property
    def true(self) -> str:
        return str(self.runs[0]["true"])

    def counted(self) -> str:
        """ "3 of 3 right", or what else there was."""
        outcomes = [SAID[run["outcome"]] for run in self.runs]
        return ", ".join(f"{outcomes.count(one)} {one}" for one in dict.fromkeys(outcomes))

    def size(self) -> str:
        sizes = sorted({run["size"] for run in self.runs if run["size"] is not None})
        return " to ".join(f"{size:g}" for size in (sizes[0], sizes[-1])[: len(sizes)]) if sizes else NONE

    def off(self) -> str:
        """The throughput of the run that lies furthest from theory; a dash where no clock decides it."""
        offs = [run["x_per_s"] / run["theory_per_s"] - 1 for run in self.runs if run["theory_per_s"]]
        return off(max(offs, key=abs)) if offs else NONE

    def theory(self) -> str:
        theory = self.runs[0]["theory_per_s"]
        return f"{rate(theory)}/s" if theory else NONE


def species() -> list[Species]:
    """In the order in which they first ran."""
    found: dict[str, list[dict[str, Any]]] = {}
    for run in json.loads(FILE.read_text(encoding="utf-8")).values():
        found.setdefault(run["service"], []).append(run)
    return [Species(name, tuple(runs)) for name, runs in found.items()]


def table() -> str:
    proofs = json.loads(PROOFS.read_text(encoding="utf-8"))
    rows = [
        (one.name, one.true or "nothing of its own", one.counted(), one.size(), one.theory(), one.off(),
         _proven(proofs.get(one.name)))
        for one in species()
    ]  # fmt: skip
    headings = (
        *("service", "what limits it", "runs", "places it named", "theory", "throughput, furthest off"),
        "change: predicted, measured",
    )
    return markdown.region(markdown.table(headings, rows, words=3))


def _proven(proof: dict[str, Any] | None) -> str:
    """A change that a restart could make: what was promised of it, and what came."""
    if proof is None:
        return NONE
    predicted = rate(proof["predicted_per_s"])
    if proof["low_per_s"] is not None:
        predicted = f"{rate(proof['low_per_s'])} to {rate(proof['high_per_s'])}"
    measured = rate(proof["measured_per_s"]) if proof["measured_per_s"] else NONE
    off = "" if proof["verdict"] == "as predicted" else f" ({proof['verdict']})"
    return f"{proof['change']}: {predicted}/s, {measured}/s{off}"


def summary() -> str:
    runs = [run for one in species() for run in one.runs]
    right = sum(run["outcome"] in ("right", "between") for run in runs)
    wrong = sum(run["outcome"] == "wrong" for run in runs)
    vague = len(runs) - right - wrong
    return markdown.region(
        [
            f"**{right} of {len(runs)} diagnoses of {len(species())} services named what limits the service.** "
            f"{wrong} named something else, and {vague} said that they couldn't tell."
        ]
    )
