"""What labs declare: names, checks, imports, and what each is captured with."""

import ast

import pytest

from labs import catalog, post
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Scale
from labs.engine.results import store

ALLOWED = ("collections.abc", "dataclasses", "labs.post", "labs.engine.declare.", "labs.engine.theory.")
every_lab = pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)


@every_lab
@pytest.mark.parametrize("scale", ["post", "auto", "smoke"])
def test_variants_have_distinct_names_and_repeat_rows_of_the_post(lab: Lab, scale: Scale) -> None:
    variants = lab.rows(scale, Machine(2.0))
    assert len({variant.name for variant in variants}) == len(variants) > 0
    assert all(variant.repeats in post.ROWS for variant in variants if variant.repeats is not None)


@every_lab
def test_every_check_reads_variants_that_exist_at_some_scale(lab: Lab) -> None:
    scales: tuple[Scale, ...] = ("post", "auto")
    named = {variant.name for scale in scales for variant in lab.rows(scale, Machine(2.0))}
    compared = lab.post.quantity.reads if lab.post else ()
    assert {name for check in lab.checks for name in check.quantity.reads} | {*compared} <= named
    assert lab.baseline is None or lab.baseline in named


@every_lab
def test_a_lab_declares_and_imports_nothing_that_runs(lab: Lab) -> None:
    tree = ast.parse((catalog.folder(lab) / "lab.py").read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    allowed = (*ALLOWED, f"labs.{lab.slug}.")
    assert all(module.startswith(allowed) for module in imported), imported


@every_lab
def test_the_default_size_has_server_metrics_and_the_posts_own_numbers_are_repeated_without(lab: Lab) -> None:
    assert any(variant.server_metrics for variant in lab.rows("auto", Machine(2.0)))
    if "post" in lab.captured_at:
        assert not any(variant.server_metrics for variant in lab.rows("post", Machine(2.0)))


@every_lab
def test_the_default_size_was_captured_with_the_server_metrics_of_every_variant_that_started(lab: Lab) -> None:
    kept = store.reference(catalog.folder(lab), "auto")
    assert kept is not None
    for run in kept.runs:
        expected = run.variant.server_metrics is not None and run.measurement.start_error is None
        assert (run.measurement.server_metrics is not None) == expected, run.variant.name


@every_lab
def test_every_lab_says_how_to_break_it_in_rows_that_it_has(lab: Lab) -> None:
    broken = catalog.part(lab, "broken")
    assert broken is not None and broken.CASES
    names = {variant.name for variant in lab.rows("auto", Machine(2.0))}
    assert all(set(case.variants) <= names for case in broken.CASES)
    assert len({case.fault for case in broken.CASES}) == len(broken.CASES)
