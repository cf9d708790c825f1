"""Services that no one here wrote: a diagnosis, started as a reader starts it, names the limit in their source."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labs.engine.files import write_text
from labs.engine.paths import ROOT
from labs.pages.regions.foreign import Diagnosed
from tests.conftest import Invoked
from tests.foreign import environments
from tests.foreign.services import FOREIGN, Foreign
from tests.zoo.judging import Judged, judge

HERE = ROOT / "tests" / "foreign"
KEPT = ROOT / ".cache" / "foreign.json"  # the newest run of each service: the page's table is made of a copy


def options(service: Foreign, folder: Path, work: Path) -> list[str]:
    places = {"{bin}": folder / "bin", "{here}": HERE, "{work}": work}
    found = []
    for option in service.options:
        for place, path in places.items():
            option = option.replace(place, str(path))
        found.append(option)
    return found


def others_disturbed(document: Mapping[str, Any]) -> bool:
    finding = document["finding"]
    return finding["answer"] == "inconclusive" and finding["because"][0].startswith("other programs")


def keep(service: Foreign, judged: Judged, document: Mapping[str, Any]) -> None:
    """Beside what was kept of the others, in the order in which they are declared."""
    run = Diagnosed(
        name=service.name,
        version=service.version,
        what=service.what,
        limit=service.limit,
        because=service.because,
        sources=tuple(source.shown for source in service.sources),
        said=judged.said,
        reasons=tuple(document["finding"]["because"]),
        outcome=judged.outcome,
        why=judged.why,
        throughput_per_s=judged.x_per_s,
        theory_per_s=judged.theory_per_s,
        started_at=document["started_at"],
    )
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else []
    by_name = {one["name"]: one for one in kept} | {service.name: run.model_dump(mode="json")}
    in_order = [by_name[one.name] for one in FOREIGN if one.name in by_name]
    write_text(KEPT, json.dumps(in_order, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.foreign
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("service", FOREIGN, ids=lambda service: service.folder)
def test_a_diagnosis_names_the_limit_of_a_service_that_no_one_here_wrote(
    service: Foreign, invoke: Callable[..., Invoked], tmp_path: Path, port: int
) -> None:
    try:
        folder = environments.made(service)
    except environments.Unreachable as why:
        pytest.skip(f"notice: the package index can't be reached: {why}")
    for source in service.sources:
        assert environments.says(folder, source), f"{source.shown} doesn't say {source.text}"
    if service.prepared_by:
        subprocess.run([folder / "bin" / "python", HERE / service.prepared_by], cwd=tmp_path, check=True)
    ended = invoke("diagnose", *options(service, folder, tmp_path), f"--port={port}", "--json")
    assert ended.out, ended.err
    judged = judge(service.truth, ended.json)
    keep(service, judged, ended.json)
    if others_disturbed(ended.json):
        pytest.skip(f"{service.name}: {judged.said}")
    assert judged.outcome in ("right", "between"), f"{judged.why}: {ended.json['finding']}"


def test_without_an_index_there_is_no_environment_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(environments.Unreachable):
        environments.made(FOREIGN[0])
