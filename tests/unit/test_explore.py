"""docs/explore.ipynb, run as Jupyter runs it: on what the reader ran last, else on what ships with the course."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import IPython.display
import matplotlib
import pytest
from IPython.display import HTML, Markdown

from labs import catalog
from labs.engine import paths
from labs.engine.results.store import reference_path

NOTEBOOK = json.loads((paths.DOCS / "explore.ipynb").read_text(encoding="utf-8"))
CODE, PROSE = (
    ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == kind]
    for kind in ("code", "markdown")
)
RUN, DIAGNOSIS = "2026-01-02T030405-lab2-auto", "2026-01-02T040506-diagnose-auto"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the reader, in which nothing has run yet; Jupyter starts in the notebook's folder."""
    monkeypatch.chdir(paths.DOCS)
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    return tmp_path


def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each code cell says; a cell that doesn't show one figure, then words, fails."""
    shown: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", lambda *things: shown.append(things))
    names: dict[str, Any] = {}
    with matplotlib.rc_context():
        for cell in CODE:
            exec(cell, names)
    assert len(shown) == len(CODE)
    for figure, words in shown:
        assert isinstance(figure, HTML) and isinstance(words, Markdown)
        assert re.match(r'<img alt="[^"]{20,}\." src="data:image/svg', figure.data)
    return [words.data for _, words in shown]


def ran(home: Path, lab: int) -> None:
    """Every row of a lab's capture as the reader's run; the requests of each are those that ship with the course."""
    folder = home / "runs" / RUN.replace("lab2", f"lab{lab}")
    folder.mkdir(parents=True)
    result = folder / "result.json"
    shutil.copy(reference_path(catalog.folder(catalog.lab(lab)), "auto"), result)
    for place in range(1, len(json.loads(result.read_text())["runs"]) + 1):
        row = folder / f"{place:02d}-row"
        row.mkdir()
        shutil.copy(paths.DOCS / "data" / "lab02-auto-requests.json.gz", row / "requests.json.gz")


def diagnosed(home: Path, **changed: Any) -> dict[str, Any]:
    folder = home / "runs" / DIAGNOSIS
    folder.mkdir(parents=True)
    document: dict[str, Any] = json.loads((paths.DOCS / "data" / "diagnosis.json").read_text())["changed"] | changed
    (folder / "diagnosis.json").write_text(json.dumps(document))
    return document


def test_it_has_at_most_six_code_cells_and_its_prose_no_measured_number() -> None:
    assert len(CODE) <= 6
    assert not re.search(r"\d[\d,.]*\s?(?:/s|ms\b|s\b|%|MB)|\d\.\d", " ".join(PROSE))


def test_without_a_run_it_says_so_and_recomputes_what_ships(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, throughput, times, _, diagnosis, ceilings = executed(monkeypatch)
    assert first.startswith("No run of your own is used here: this is lab 2")
    assert diagnosis.startswith("No diagnosis of your own is used here")
    computed, course = re.findall(r"= \*\*([\d.]+) per second\*\*. The course says ([\d.]+)\.", throughput)[0]
    assert float(computed) == pytest.approx(float(course), rel=0.01)
    told = re.findall(r"\*\*p\d+ is ([\d.]+ m?s)\*\*; the course says ([\d.]+ m?s)", times)
    assert len(told) == 3 and all(one == other for one, other in told)
    assert "The diagnosis says" in ceilings and "The change was tried (as predicted)" in ceilings


def test_the_newest_run_and_the_newest_diagnosis_of_the_reader_come_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(home, 2)
    older = home / "runs" / "2025-01-01T000000-lab5-auto"
    older.mkdir()
    (older / "result.json").write_text('{"runs": []}')
    document = diagnosed(home)
    first, *_, diagnosis, ceilings = executed(monkeypatch)
    assert first.startswith(f"This is your own run of lab 2, `{RUN}`.")
    assert diagnosis.startswith(f"This is your own diagnosis, `{DIAGNOSIS}`. It says: *{document['sentence']}*")
    assert "The change was tried" not in ceilings


@pytest.mark.parametrize("lab", [5, 6, 13, 26, 27])
def test_it_takes_a_run_of_any_shape(home: Path, monkeypatch: pytest.MonkeyPatch, lab: int) -> None:
    """Failed requests, a database, arrivals on a schedule, a relay, a restart."""
    ran(home, lab)
    assert executed(monkeypatch)[0].startswith(f"This is your own run of lab {lab}, ")


def test_a_run_without_a_response_is_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "runs" / RUN).mkdir(parents=True)
    (home / "runs" / RUN / "result.json").write_text('{"runs": []}')
    assert executed(monkeypatch)[0].startswith("No run of your own is used here")


def test_a_diagnosis_that_names_no_ceiling_is_shown_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diagnosed(home, ceilings=[], change=None)
    assert "names no ceiling" in executed(monkeypatch)[-1]
