"""What a lab's command prints fits a terminal: no number and no heading is cut, and no percentile hides users."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from labs import catalog
from labs.engine.declare.service import Scale, Variant
from labs.engine.results import store
from labs.engine.show import report, server_metrics, terminal
from labs.engine.show.rows import limit_of, table_rows
from tests.unit.builders import VARIANT, measurement, run

SHOWN = replace(VARIANT, judged=False)


@pytest.mark.parametrize(
    ("per_s", "variant", "limit"),
    [(470.0, SHOWN, "below every ceiling"), (490.0, SHOWN, "thread tokens"), (470.0, VARIANT, "thread tokens")],
)
def test_a_row_that_is_only_shown_may_reach_no_ceiling(per_s: float, variant: Variant, limit: str) -> None:
    assert limit_of(run(measurement(per_s), variant)) == limit  # of 640/s, which three quarters of are 480


KEPT = [(lab.number, scale) for lab in catalog.labs() for scale in lab.captured_at]


def printed(number: int, scale: Scale, width: int) -> str:
    lab = catalog.lab(number)
    kept = store.reference(catalog.folder(lab), scale)
    assert kept is not None
    console = Console(width=width, file=io.StringIO(), record=True)
    rows = table_rows(lab, kept, kept)
    for one in (*terminal.tables(lab, kept, rows, width), server_metrics.terminal(kept, width)):
        if one:
            console.print(one)
    if note := report.left_out_note(rows):
        console.print(note)
    return console.export_text()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(("number", "scale"), KEPT)
def test_nothing_is_cut_and_every_response_time_is_there(number: int, scale: Scale, width: int) -> None:
    said = printed(number, scale, width)
    assert "…" not in said and max(map(len, said.splitlines())) <= width
    assert "p50" in said and "p95" in said and "limited by" in said


def test_a_percentile_that_misses_users_says_how_many() -> None:
    for width in (80, 120):
        said = printed(2, "auto", width)
        (line,) = (one for one in said.splitlines() if "T = 10 " in one and "8.18" in one)
        assert "48.9%" in line and "miss the slowest" in " ".join(said.split())
    assert "left" not in printed(11, "auto", 80)


def test_a_column_that_has_nothing_in_any_row_is_left_out() -> None:
    said = printed(2, "auto", 80)
    assert "connection" not in said.split("server metrics")[1] and "tokens" in said
