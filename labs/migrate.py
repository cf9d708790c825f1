"""Once, from schema 1 to 2: applies the renames of this version to the captures, and stamps their new fingerprint.

    python -m labs.migrate OLD_CHECKOUT

Refuses where anything but names differs: the capture must have been current in OLD_CHECKOUT; what executed
there, renamed, must be what would execute here; and each recorded variant, renamed, must be the declared one.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from labs import catalog
from labs.engine.declare.service import Machine, Scale
from labs.engine.harness.fingerprint import executed, fingerprint
from labs.engine.paths import ROOT
from labs.engine.results import store

OLD = """
import ast, json, sys
from dataclasses import asdict
from pathlib import Path
from labs import catalog
from labs.runner import load, provenance, server, store
from labs.runner.model import Machine
found = []
for number, scale, cores, path in json.load(sys.stdin):
    variants = catalog.lab(number).rows(scale, Machine(cores))
    found.append({
        "document": json.loads(store.RESULT.dump_json(store.read(Path(path)))),
        "fingerprint": provenance.fingerprint(variants),
        "variants": [asdict(v) for v in variants],
        "server": [[*server.argv(v, 8000)[1:], server.settings(v)] for v in variants],
        "generator": [[*load.argv("k6", Path("run"), v)[:-1], load.settings(v)] for v in variants],
        "scripts": [script.read_text() for script in sorted({load.script(v) for v in variants})],
        "app": {
            name: provenance.normalised((provenance.APP / f"{name}.py").read_text())
            for name in provenance.app_modules(variants)
        },
        "sql": [f.read_text() for f in sorted(provenance.APP.glob("*.sql"))],
        "versions": provenance.pinned_versions(),
    })
print(json.dumps(found))
"""
# one after the other, in the text of programs, settings and paths
NAMES = (
    ("CountAnswers", "CountResponses"),
    ("http_answers", "http_responses"),
    ("ANSWERS", "RESPONSES"),
    ("COMPANION_PORT", "SIDECAR_PORT"),
    ("companion ready", "sidecar ready"),
    ("behind_a_door", "admission_limited"),
    ("As many requests as the door admits are", "As many requests as the admission limit lets in are"),
    ("Door", "AdmissionLimit"),
    ("door", "admission_limit"),
    ("not yet answered", "not yet responded to"),
    ("BYSTANDER", "PROBE"),
    ("Bystander", "Probe"),
    ("bystander", "probe"),
    ("HOLD", "STEADY"),
    ("answersInHold", "responsesInSteady"),
    ("answers_in_hold", "responses_in_steady"),
    ("inHold", "inSteady"),
    ("answers in hold    $", "steady responses   $"),
    ("const answer =", "const response ="),
    ("answer.status", "response.status"),
)
BARE = (("answer", "respond"),)  # the one function of app/bare.py
ROWS: dict[int, dict[str, str]] = {
    11: {
        "tokens gone": "tokens exhausted",
        "pool gone": "pool exhausted",
        "no wait, without the panel": "no wait, without server metrics",
        "no wait, with the panel": "no wait, with server metrics",
    },
}  # variants whose names held an old word, by lab
SAYS = (("G / g =", "cores of k6 / g ="),)


def renamed(text: str, names: tuple[tuple[str, str], ...] = NAMES) -> str:
    for old, new in names:
        text = text.replace(old, new)
    return text


def code(script: str) -> str:
    """JavaScript without its comments."""
    return "\n".join(line for line in script.splitlines() if not line.startswith("//"))


def refuse_unless(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"refused: {what}")


def main(old_checkout: Path) -> None:
    captures = [(lab, scale, path) for lab in catalog.labs() for scale, path in _paths(lab)]
    documents = [json.loads(path.read_text()) for _, _, path in captures]
    asked = [
        (lab.number, scale, document["provenance"]["cores"], str(path.relative_to(ROOT)))
        for (lab, scale, path), document in zip(captures, documents, strict=True)
    ]
    argv = [sys.executable, "-c", OLD]
    answered = subprocess.run(argv, cwd=old_checkout, input=json.dumps(asked), capture_output=True, text=True)
    refuse_unless(answered.returncode == 0, answered.stderr)
    ready = []
    for (lab, scale, path), before in zip(captures, json.loads(answered.stdout), strict=True):
        document = before["document"]  # read by the code that wrote it: fields added since have their defaults
        for one, raw in zip(document["runs"], json.loads(path.read_text())["runs"], strict=True):
            # recorded before there was a panel: there was none
            one["variant"]["panel"] = raw["variant"].get("panel", False)
        name = str(path.relative_to(ROOT))
        refuse_unless(document["provenance"]["fingerprint"] == before["fingerprint"], f"{name} was stale")
        declared = lab.rows(scale, Machine(document["provenance"]["cores"]))
        same_execution(name, before, executed(declared))
        rows = ROWS.get(lab.number, {})
        repeats = {variant.name: variant.repeats for variant in declared}
        migrated = result(document, rows, repeats)
        migrated["provenance"]["fingerprint"] = fingerprint(declared)
        kept = store.RESULT.validate_json(json.dumps(migrated))
        for run in kept.runs:
            same = next((v for v in declared if v.name == run.variant.name), None)
            refuse_unless(run.variant == same, f"{name}: {run.variant} is not {same}")
        ready.append((path, kept))
    for path, kept in ready:
        store.save(kept, path)
        refuse_unless(store.read(path) == kept, f"{path} does not read back")
    print(f"{len(ready)} captures migrated")


def _paths(lab: Any) -> list[tuple[Scale, Path]]:
    folder = catalog.folder(lab)
    scales: tuple[Scale, ...] = ("post", "auto")
    found = [(scale, store.reference_path(folder, scale)) for scale in scales]
    found += [(scale, path) for scale in scales for path in store.machine_paths(folder, scale)]
    return [(scale, path) for scale, path in found if path.exists()]


def same_execution(name: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    """What ran, renamed, is what would run: commands, settings, scripts, the app's syntax trees, SQL, versions."""
    refuse_unless(before["server"] == now["server"], f"{name}: another server command")
    settings = [[*argv[1:], {renamed(k): v for k, v in env.items()}] for *argv, env in before["generator"]]
    for one in settings:
        one[-1]["ENDPOINT"] = renamed(one[-1]["ENDPOINT"])
    now_settings = [[*argv, {k: v for k, v in env.items() if "BASE_URL" not in k}] for *argv, env in now["generator"]]
    refuse_unless(settings == now_settings, f"{name}: another load")
    scripts = [code(renamed(script)) for script in before["scripts"]]
    refuse_unless(scripts == [code(script) for script in now["scripts"]], f"{name}: another script")
    refuse_unless(before["app"].keys() == now["app"].keys(), f"{name}: other modules of the app")
    for module, source in before["app"].items():
        text = renamed(source, NAMES + BARE if module == "bare" else NAMES)
        refuse_unless(ast.unparse(ast.parse(text)) == now["app"][module], f"{name}: app/{module}.py differs")
    refuse_unless(not now["sql"] or before["sql"] == now["sql"], f"{name}: other SQL")
    refuse_unless(before["versions"] == now["versions"], f"{name}: other versions")


def result(old: dict[str, Any], rows: dict[str, str], repeats: dict[str, Any]) -> dict[str, Any]:
    noise = old["noise"]
    origin = old["provenance"]
    return {
        **{key: old[key] for key in ("lab", "slug", "scale", "experiment", "repeats", "database_limit_per_s")},
        "runs": [run(one, rows, repeats) for one in old["runs"]],
        "provenance": origin | {"environment": {renamed(k): renamed(v) for k, v in origin["environment"].items()}},
        "noise": noise
        and {
            "clock_limited": noise["clock_bound"],
            "cpu_limited": noise["cpu_bound"],
            "measured_at": noise["measured_at"],
        },
        "stopped": None,
        "schema_version": 2,
    }


def run(old: dict[str, Any], rows: dict[str, str], repeats: dict[str, Any]) -> dict[str, Any]:
    return {
        "variant": variant(old["variant"], rows, repeats),
        "prediction": prediction(old["prediction"]),
        "measurement": measurement(old["measurement"]),
        "repeat": old["repeat"],
    }


def prediction(old: dict[str, Any]) -> dict[str, Any]:
    ceilings = [
        {
            **{key: one[key] for key in ("resource", "throughput_per_s", "wave_s")},
            "formula": renamed(one["formula"], SAYS),
            "clock_limited": one["clock_bound"],
        }
        for one in old["ceilings"]
    ]
    resources = [one["resource"] for one in ceilings[: 1 + old["on_knee"]]] if old["forecasts"] else []
    said = f"between {' and '.join(resources)}" if old["on_knee"] else "".join(resources)
    refuse_unless(not resources or said == old["bound_by"], f"{said!r} is not {old['bound_by']!r}")
    return {
        "ceilings": ceilings,
        "limited_by": {"resources": resources},
        "response_time_s": old["response_time_s"],
    }


def measurement(old: dict[str, Any]) -> dict[str, Any]:
    new = dict(old)
    panel = new.pop("panel", None)
    for before, now in (
        ("bystander", "probe"),
        ("bystander_failed", "probe_failed"),
        ("companion", "sidecar"),
        ("worker_answers", "worker_responses"),
    ):
        new[now] = new.pop(before)
    return new | {"server_metrics": panel, "start_error": new["start_error"] or None}


def load(old: dict[str, Any]) -> dict[str, Any]:
    new = dict(old)
    return new | {"steady_s": new.pop("hold_s"), "arrivals_per_s": new.pop("arrivals_per_s") or None}


def variant(old: dict[str, Any], rows: dict[str, str], repeats: dict[str, Any]) -> dict[str, Any]:
    new = dict(old)
    name = rows.get(new.pop("name"), old["name"])
    endpoint = new.pop("endpoint")
    kind = endpoint["pool"] if endpoint["pool"] != "none" else None
    size, smallest, timeout_s = new.pop("pool_size"), new.pop("pool_min_size"), new.pop("pool_timeout_s")
    sidecar, takes_load = new.pop("companion") or None, new.pop("load_goes_to_companion")
    new.pop("source")
    probe = new.pop("bystander")
    uvicorn = {key: new.pop(key) for key in ("loop", "http", "backlog", "limit_concurrency")}
    return new | {
        "name": name,
        "endpoint": endpoint | {"pool": kind, "path": renamed(endpoint["path"])},
        "load": load(old["load"]),
        "pool": {"size": size, "min_size": smallest, "timeout_s": timeout_s} if size else None,
        "uvicorn": uvicorn,
        "sidecar": sidecar and {"module": sidecar, "takes_load": takes_load},
        "probe": probe,
        "slots": new["slots"] or None,
        "server_metrics": new.pop("panel"),
        "repeats": repeats.get(name) and vars(repeats[name]),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
