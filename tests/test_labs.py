"""Each lab end to end, at smoke scale, on the real k6, uvicorn and PostgreSQL."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from labs import catalog
from labs.runner import store
from labs.runner.model import Lab, Machine
from tests.conftest import ROOT, Invoked, gone
from tests.recompute import recompute

ALLOWED = {
    "collections.abc",
    "dataclasses",
    "labs.post",
    "labs.runner.model",
    "labs.runner.queueing",
    "labs.runner.ratios",
}


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_a_lab_runs_whole_at_smoke_scale(lab: Lab, invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke(lab.name, "--scale", "smoke", "--json", "--port", str(port))
    assert ended.status == 20, ended.err
    document = ended.json
    assert document["verdict"] == "inconclusive" and document["scale"] == "smoke"
    for variant in document["variants"]:
        if variant["start_error"]:  # lab 7 shows a service that cannot start
            assert variant["requests"] == 0 and variant["database_fatals"] > 0
            continue
        assert variant["requests"] > 0 and variant["failed_share"] == 0
        assert variant["response_time_s"]["p50"] > 0
        # what the workers counted is what k6 counted, in flight at the end aside
        asked = variant["requests"] + (variant["bystander"]["requests"] if variant["bystander"] else 0)
        assert 0 <= sum(variant["worker_answers"]) - asked <= variant["interrupted"]
        assert len(variant["worker_answers"]) == variant["workers"]
    assert gone(ended.mark)
    kept = re.search(r"kept in (\S+)", ended.err)
    assert kept
    agrees_with_a_second_opinion(ROOT / kept[1])


def agrees_with_a_second_opinion(folder: Path) -> None:
    for place, run in enumerate(store.read(folder / store.RESULT_NAME).runs, start=1):
        measured, window = run.measurement, run.measurement.window
        if measured.start_error:
            continue
        (records,) = folder.glob(f"{place:02d}-*/requests.json.gz")
        told = recompute(str(records), window.start_s, window.length_s)
        # an answer within a microsecond of an edge may be counted on either side
        assert told["throughput_per_s"] == pytest.approx(measured.throughput_per_s, abs=1.01 / window.length_s)
        times = measured.response_time_s
        assert (told["p50"], told["p95"], told["p99"], told["max"]) == pytest.approx(
            (times.p50, times.p95, times.p99, times.max)
        )
        assert (told["failed_share"], told["requests"]) == pytest.approx((measured.failed_share, measured.requests))


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
@pytest.mark.parametrize("scale", ["post", "auto", "smoke"])
def test_variants_have_distinct_names_and_known_sources(lab: Lab, scale: str) -> None:
    variants = lab.rows(scale, Machine(2.0))  # type: ignore[arg-type]
    assert len({variant.name for variant in variants}) == len(variants) > 0
    known = {row.id for row in lab.sources}
    assert all(variant.source in known for variant in variants if variant.source)


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_every_check_reads_variants_that_exist_at_some_scale(lab: Lab) -> None:
    named = {v.name for scale in ("post", "auto") for v in lab.rows(scale, Machine(2.0))}  # type: ignore[arg-type]
    needs = {name for check in lab.checks for name in check.needs} | set(lab.post.needs if lab.post else ())
    assert needs <= named


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_a_lab_declares_and_imports_nothing_that_runs(lab: Lab) -> None:
    tree = ast.parse((catalog.folder(lab) / "lab.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= ALLOWED


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_the_default_size_has_a_server_panel_and_the_posts_own_numbers_are_repeated_without(lab: Lab) -> None:
    assert any(variant.panel for variant in lab.rows("auto", Machine(2.0)))
    if "post" in lab.captured_at:
        assert not any(variant.panel for variant in lab.rows("post", Machine(2.0)))


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_the_default_size_was_captured_with_the_panel_of_every_variant_that_was_answered(lab: Lab) -> None:
    kept = store.reference(catalog.folder(lab), "auto")
    assert kept is not None
    for run in kept.runs:
        expected = run.variant.panel and run.measurement.throughput_per_s > 0
        assert (run.measurement.panel is not None) == expected, run.variant.name
