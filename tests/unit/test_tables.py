"""What a lab's command prints fits a terminal: no number and no heading is cut, and no percentile hides users."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from labs import catalog
from labs.engine.declare.service import Scale, Variant
from labs.engine.results import store
from labs.engine.results.result import Run, by_variant, median_runs
from labs.engine.show import report, server_metrics, terminal
from labs.engine.show.rows import limit_of, table_rows
from tests.unit.builders import VARIANT, measurement, run

SHOWN = replace(VARIANT, judged=False)


@pytest.mark.parametrize(
    ("per_s", "variant", "limit"),
    [(470.0, SHOWN, "something else"), (490.0, SHOWN, "thread tokens"), (470.0, VARIANT, "thread tokens")],
)
def test_a_row_that_is_only_shown_may_reach_no_ceiling(per_s: float, variant: Variant, limit: str) -> None:
    assert limit_of(run(measurement(per_s), variant)) == limit  # of 640/s, which three quarters of are 480


@pytest.mark.parametrize(("timed_out", "limit"), [(900, "users who gave up"), (100, "something else")])
def test_users_who_gave_up_are_named_where_they_are_most(timed_out: int, limit: str) -> None:
    few = replace(measurement(100.0), requests=1000)
    few = replace(few, response_time_s=replace(few.response_time_s, timed_out=timed_out))
    assert limit_of(run(few, SHOWN)) == limit


def test_a_row_far_below_a_forecast_of_its_cpu_is_still_limited_by_the_cpu() -> None:
    """Its ceiling was computed from another row's cost: lab 6's async row filled all cores."""
    kept = store.reference(catalog.folder(catalog.lab(6)), "post")
    assert kept is not None
    row = median_runs(kept)["async"]
    assert row.predicted_per_s and row.throughput_per_s < 0.75 * row.predicted_per_s
    assert "shared cores" in limit_of(row)


def test_the_words_of_lab_1_are_true_of_its_capture() -> None:
    """Its page says which core is full, that a request costs more with more workers, and that six gain nothing."""
    kept = store.reference(catalog.folder(catalog.lab(1)), "auto")
    assert kept is not None
    one, two, six = median_runs(kept).values()
    service, both = ([busy(row, *parts) for row in (one, two, six)] for parts in (("server",), ("server", "generator")))
    assert service[0] > 0.9 and both[0] < 1.6 and both[1] > 1.75 and both[2] > 1.75
    costs = [busy_s / row.throughput_per_s for busy_s, row in zip(both, (one, two, six), strict=True)]
    assert costs[0] < costs[1] < costs[2]
    assert one.throughput_per_s < six.throughput_per_s < 1.05 * two.throughput_per_s
    ones, _, sixes = by_variant(kept).values()
    assert sum(many.throughput_per_s < few.throughput_per_s for few, many in zip(ones, sixes, strict=True)) == 1


def busy(row: Run, *parts: str) -> float:
    """Cores in use while throughput was counted."""
    return sum(getattr(row.measurement, part).cpu_s_per_request for part in parts) * row.throughput_per_s


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
