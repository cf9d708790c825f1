"""The widget "What binds?" with captured runs as its presets: docs/assets/what-binds.js reads them."""

import re

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.judgement.scope import is_judged
from labs.engine.results.result import Run, median_runs
from labs.pages import markdown
from labs.pages.captured import SIZES, captured


def what_binds(*numbers: int, sliders: str = "") -> str:
    """The widget with these labs' runs, small; with every lab's, every slider and an address without numbers."""
    chosen = [lab for lab in catalog.labs() if not numbers or lab.number in numbers]
    presets = [preset for lab in chosen for preset in presets_of(lab.number)]
    attributes = f' data-sliders="{sliders}"' if numbers else " data-address"
    lines = ",\n".join(map(markdown.attribute, presets))
    return (
        f"\n<div class=\"what-binds\"{attributes} data-view='[\n{lines}\n]'>\n"
        "<p>The sliders need JavaScript. The page What each number means has the same formulas.</p>\n"
        "</div>\n\n"
    )


def presets_of(number: int) -> list[dict[str, object]]:
    """Every captured variant of a lab that the sliders can tell: id, name, what was measured, their state."""
    lab = catalog.lab(number)
    found: list[dict[str, object]] = []
    for scale in lab.captured_at:
        result = captured(lab, scale)
        for name, run in median_runs(result).items():
            if _can_tell(lab, run):
                slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
                found.append(
                    {
                        "id": f"{lab.name}-{scale}-{slug}",
                        "name": f"{lab.name}, {SIZES[scale]} size: {name}",
                        "measured": round(run.throughput_per_s, 2),
                        "state": _sliders(run, result.provenance.cores),
                    }
                )
    return found


def _can_tell(lab: Lab, run: Run) -> bool:
    """Whether the sliders describe the variant whole. They do not know slots, computing outside the worker's
    interpreter lock, refusals, restarts, a starved k6, a second program, requests that fail for another reason than
    the wait, and a learner's own code."""
    v = run.variant
    refuses = v.uvicorn.limit_concurrency is not None
    elsewhere = v.slots or v.endpoint.computes_in_slot or v.restart
    unknown = elsewhere or v.sidecar or refuses or v.delay_s or (lab.grades and not v.judged)
    starved = v.generator_cores is not None and not is_judged(run)
    refused = run.measurement.failed and not v.blocking_time_s
    return bool(run.throughput_per_s) and not (unknown or starved or refused)


def _sliders(run: Run, cores: float) -> dict[str, float | str]:
    """A run as the sliders show it: times in ms, CPU costs as measured."""
    variant, measured = run.variant, run.measurement
    pool = variant.pool if variant.needs_database else None
    held = variant.token_time_s
    takes_token = variant.endpoint.holds_token > 0
    kind = "async" if not takes_token else "def" if held == variant.service_time_s else "part"
    return {
        "kind": kind,
        "n": variant.load.vus,
        "w": variant.workers,
        "t": variant.thread_tokens,
        "s": round(variant.service_time_s * 1000, 3),
        "h": round(held * 1000, 3) if kind == "part" else 0,
        "b": round(variant.blocking_time_s * 1000, 3),
        "p": pool.size if pool else 0,
        "q": round(variant.connection_time_s * 1000, 3) if pool else 0,
        "c": round(measured.server.cpu_s_per_request * 1000, 3),
        "g": round(measured.generator.cpu_s_per_request * 1000, 3),
        "d": round(measured.database.cpu_s_per_request * 1000, 3) if measured.database else 0,
        "z": round(variant.load.think_time_s * 1000, 3),
        "l": variant.load.arrivals_per_s or 0.0,
        "k": cores,
    }
