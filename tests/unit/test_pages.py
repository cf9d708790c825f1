"""Pages, captures and code cannot part without a check turning red."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labs import audit, captures, catalog, post
from labs.engine import paths
from labs.engine.declare.endpoints import COMPUTE_INLINE
from labs.engine.declare.service import Load, Machine, Variant
from labs.engine.harness import fingerprint
from labs.engine.results import store
from labs.engine.results.records import read_requests
from labs.pages import render
from labs.pages.regions import overview

VARIANTS = catalog.lab(2).rows("post", Machine(2.0))


@pytest.fixture
def app_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in paths.APP.glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text())
    monkeypatch.setattr(paths, "APP", tmp_path)
    return tmp_path


@pytest.fixture
def undrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text only: `invoke check` draws and compares every figure, which takes half a minute."""
    monkeypatch.setattr(render, "pictures", dict)
    monkeypatch.setattr(render, "FIGURES", tmp_path)


@pytest.mark.usefixtures("undrawn")
def test_every_generated_region_is_current() -> None:
    assert render.render(check=True) == []


def test_every_lab_has_a_page_and_current_captures() -> None:
    assert captures.problems(catalog.labs()) == []


@pytest.mark.usefixtures("undrawn")
def test_a_number_changed_by_hand_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (render.DOCS / "labs" / "lab02.md").read_text()
    region = text.index("[[[cog cog.out(page.evidence(2))")
    number = re.search(r"\d\d+", text[text.index("| T = 40", region) :])
    assert number
    changed = text[:region] + text[region:].replace(number[0], "123456", 1)
    (tmp_path / "lab02.md").write_text(changed)
    (tmp_path / "README.md").write_text("")
    monkeypatch.setattr(render, "DOCS", tmp_path)
    monkeypatch.setattr(render, "ROOT", tmp_path)
    assert tmp_path / "lab02.md" in render.render(check=True)


def test_a_comment_or_docstring_leaves_captures_current(app_copy: Path) -> None:
    before = fingerprint.fingerprint(VARIANTS)
    file = app_copy / "waiting.py"
    file.write_text("# a remark\n" + file.read_text().replace("import asyncio", "import asyncio  # why not"))
    assert fingerprint.fingerprint(VARIANTS) == before


def test_a_statement_makes_captures_stale(app_copy: Path) -> None:
    before = fingerprint.fingerprint(VARIANTS)
    file = app_copy / "waiting.py"
    file.write_text(file.read_text().replace("time.sleep(ms / 1000)", "time.sleep(ms / 1001)", 1))
    assert fingerprint.fingerprint(VARIANTS) != before


def test_every_python_reads_a_source_alike() -> None:
    """From Python 3.12 on `ast.unparse` writes strings inside f-strings with other quotes: it is not asked to."""
    assert fingerprint.normalised("x = f\"{a['b']!r:>{n}} c\"") == "x = f((a['b'], 114, f'>{n}'), ' c')"
    assert fingerprint.normalised('x = f"{a} b"  # why') == "x = f'{a} b'"


def test_a_module_that_is_imported_by_its_name_is_part_of_what_executes(app_copy: Path) -> None:
    """`from app import executors` brings its code as `from app.executors import …` does."""
    computing = (Variant(name="v", endpoint=COMPUTE_INLINE, ms=1, workers=1, load=Load(vus=1)),)
    before = fingerprint.fingerprint(computing)
    file = app_copy / "executors.py"
    file.write_text(file.read_text().replace("le=1_000", "le=1_001", 1))
    assert fingerprint.fingerprint(computing) != before


def test_what_reads_server_metrics_is_part_of_what_executes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen_inside = (replace(VARIANTS[0], server_metrics="inside"),)
    without = (replace(VARIANTS[0], server_metrics=None),)
    before = fingerprint.fingerprint(seen_inside), fingerprint.fingerprint(without)
    shutil.copytree(fingerprint.INSIDE, tmp_path / "inside")
    monkeypatch.setattr(fingerprint, "INSIDE", tmp_path / "inside")
    file = tmp_path / "inside" / "course_metrics" / "loops.py"
    file.write_text(file.read_text().replace("BEAT_S = 0.05", "BEAT_S = 0.06"))
    assert fingerprint.fingerprint(seen_inside) != before[0] and fingerprint.fingerprint(without) == before[1]


def test_a_new_router_leaves_other_labs_captures_current(app_copy: Path) -> None:
    before = fingerprint.fingerprint(VARIANTS)
    (app_copy / "routes.py").write_text("ROUTERS = ()\n")
    assert fingerprint.fingerprint(VARIANTS) == before


def test_another_load_makes_a_capture_stale() -> None:
    other = tuple(replace(variant, load=replace(variant.load, vus=9_999)) for variant in VARIANTS)
    assert fingerprint.fingerprint(other) != fingerprint.fingerprint(VARIANTS)


def test_a_lab_without_a_page_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "DOCS", tmp_path)
    assert any("lab2 has no page" in problem for problem in captures.problems(catalog.labs()))


def test_a_page_without_a_lab_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "lab99.md").touch()
    monkeypatch.setattr(paths, "DOCS", tmp_path)
    assert "docs/labs/lab99.md has no lab" in captures.problems(catalog.labs())


def test_the_notebooks_requests_are_those_of_the_captured_run() -> None:
    """The committed record, read and counted anew, gives the capture's own numbers."""
    kept = store.reference(catalog.folder(catalog.lab(2)), "auto")
    assert kept is not None
    run = next(run for run in kept.runs if run.variant.name == "T = 40" and run.repeat == 0)
    requests = read_requests(render.DOCS / "data" / "lab02-auto-requests.json.gz")
    measured, window = run.measurement, run.measurement.window
    ended = requests.ended_s - (requests.ended_s - requests.duration_s).min()
    inside = requests.expected & (ended >= window.start_s) & (ended < window.start_s + window.length_s)
    assert len(ended) == measured.requests
    assert inside.sum() / window.length_s == pytest.approx(measured.throughput_per_s, abs=1 / window.length_s)
    assert np.percentile(requests.duration_s, 99) == pytest.approx(measured.response_time_s.p99)


def test_every_row_and_sentence_of_the_post_is_judged() -> None:
    rows = overview.audit_rows()
    assert all(row.title in rows for row in post.ROWS)
    numbers = {lab.number for lab in catalog.labs()}
    assert all(set(one.labs) <= numbers for one in audit.STATEMENTS)
    assert all(one.labs for one in audit.STATEMENTS)
