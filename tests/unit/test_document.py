"""What `--json` prints, and what is shown of a run that was stopped."""

import json
from dataclasses import replace

from labs.engine.judgement.guards import Guard
from labs.engine.judgement.verdict import judge
from labs.engine.results import store
from labs.engine.results.result import RUNNING
from labs.engine.show.document import Document, document
from labs.engine.show.report import summary_line
from labs.engine.show.rows import table_rows
from tests.unit.builders import lab, measurement, result, run

RESULT = result(run(measurement(638.0)))
# of each variant, what the page on the command line promises at least
DOCUMENTED = """
    name path workers vus limited_by predicted_throughput_per_s throughput_per_s k6_rate_per_s response_time_s requests
    failed_share server_cpu_cores generator_cpu_cores server_rss_bytes server_fds
"""


def test_it_has_the_documented_keys_and_everything_that_is_stored() -> None:
    printed = document(RESULT, judge(lab(), RESULT)).model_dump_json()
    read = json.loads(printed)
    assert {"lab", "slug", "scale", "verdict", "reasons", "post", "variants", "result"} <= read.keys()
    (row,) = read["variants"]
    assert set(DOCUMENTED.split()) <= row.keys()
    assert row["limited_by"] == ["thread tokens"] and row["predicted_throughput_per_s"] == 640
    assert {"p50", "p90", "p95", "p99", "max"} <= row["response_time_s"].keys()
    assert store.RESULT.validate_python(read["result"]) == RESULT
    assert Document.model_validate_json(printed).verdict == "reproduced"


def test_every_field_has_a_schema() -> None:
    schema = Document.model_json_schema()
    assert schema["properties"].keys() == Document.model_fields.keys() and "VariantEntry" in schema["$defs"]


def test_a_stopped_run_is_inconclusive_and_shows_the_rows_it_has() -> None:
    part = replace(RESULT, stopped="interrupted")
    verdict = judge(lab(), part)
    assert (verdict.outcome, verdict.guards) == ("inconclusive", (Guard.STOPPED,))
    assert "the run was stopped: interrupted" in verdict.reasons
    assert [row.yours for row in table_rows(lab(), part, None)] == ["638 (99.7%)"]
    assert document(part, verdict).inconclusive_because == ["stopped"]


def test_a_run_that_goes_on_is_not_called_stopped() -> None:
    verdict = judge(lab(), replace(RESULT, stopped=RUNNING))
    assert (verdict.outcome, verdict.guards) == ("inconclusive", (Guard.STOPPED,))
    assert verdict.reasons[0] == "the run goes on, and these are its rows so far"


def test_a_run_stopped_before_its_first_row_is_inconclusive_too() -> None:
    nothing = replace(result(), stopped="interrupted")
    verdict = judge(lab(), nothing)
    assert (verdict.outcome, verdict.guards) == ("inconclusive", (Guard.STOPPED,))
    assert table_rows(lab(), nothing, None) == [] and document(nothing, verdict).variants == []
    assert summary_line(lab(), nothing, verdict) == "inconclusive"
