"""One load from several k6 processes: who makes which part, and what is made of their files and samples."""

import itertools
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labs import catalog
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness import fingerprint, load, overrides, preflight, segments
from labs.engine.harness.load import Generated
from labs.engine.harness.plan import Plan, make_plan
from labs.engine.harness.sampler import Sample
from labs.engine.judgement.doubts import doubts
from labs.engine.judgement.guards import Guard
from labs.engine.results import records, store
from labs.engine.results.generators import together
from labs.engine.results.measurement import GeneratorUse, TreeUse
from labs.engine.results.records import Requests, merged
from tests.unit.builders import lab, measurement, result, run

MACHINE = Machine(2.0)


def planned(number: int, **typed: str) -> Plan:
    return make_plan(catalog.lab(number), overrides.parse(typed), on=MACHINE)


# --- who makes which part ----------------------------------------------------------------------


@pytest.mark.parametrize("generators", [2, 3, 4, 7, 64])
def test_the_parts_are_equal_and_leave_nothing_out(generators: int) -> None:
    parts = segments.arguments(generators)
    shares = [[Fraction(edge) for edge in segment.split(":")] for _, segment, _, _ in parts]
    assert [end - start for start, end in shares] == [Fraction(1, generators)] * generators
    assert shares[0][0] == 0 and shares[-1][1] == 1
    assert all(one[1] == next_one[0] for one, next_one in itertools.pairwise(shares))
    (sequence,) = {sequence for *_, sequence in parts}
    assert [Fraction(edge) for edge in sequence.split(",")] == [0, *(end for _, end in shares)]


def test_one_generator_has_the_command_line_that_it_always_had() -> None:
    assert segments.arguments(1) == ((),)


def test_several_generators_are_no_experiment_and_execute_the_same() -> None:
    """They change where the load comes from and not what it is, so the lab's own claim is judged."""
    one, four = planned(2), planned(2, generators="4")
    assert four.generators == 4 and not four.experiment and four.variants == one.variants
    assert fingerprint.fingerprint(four.variants) == fingerprint.fingerprint(one.variants)


@pytest.mark.parametrize(
    ("number", "typed", "said"),
    [
        (2, {"generators": "4", "vus": "3"}, "leaves some of them without a user: .* has 3"),
        (14, {"generators": "2", "vus": "8"}, "would change what .* is about: one generator that may use"),
        (2, {"generators": "0"}, "--generators is a whole number from 1 to 64"),
    ],
)
def test_what_several_generators_cannot_do_is_said_before_anything_starts(
    number: int, typed: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        planned(number, **typed)


def test_the_dashboard_shows_one_process() -> None:
    with pytest.raises(UsageError, match="--dashboard shows one k6 process"):
        make_plan(catalog.lab(2), overrides.parse({"generators": "2"}), dashboard=True, on=MACHINE)


def test_each_further_process_needs_memory_of_its_own() -> None:
    variants = planned(2).variants
    enough = max(v.load.vus * preflight.BYTES_PER_VU + v.workers * preflight.BYTES_PER_WORKER for v in variants)
    limits = preflight.Limits(10_000, None, enough + preflight.BYTES_BESIDES, 10**10, 2.0)
    preflight.check(variants, limits)
    with pytest.raises(UsageError, match="of memory"):
        preflight.check(variants, limits, generators=4)


# --- their files ---------------------------------------------------------------------------------


def requests(ended_s: list[float], errors: dict[str, int]) -> Requests:
    count = len(ended_s)
    expected = np.arange(count) >= sum(errors.values())
    no = np.zeros(count, bool)
    return Requests(np.array(ended_s), np.full(count, 0.5), expected, no, ~no, errors)


def test_requests_of_several_generators_are_in_one_order_and_keep_their_failures() -> None:
    whole = merged([requests([1.0, 4.0, 5.0], {"1050": 1}), requests([2.0, 3.0], {"1050": 1, "500": 1})])
    assert list(whole.ended_s) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert list(whole.expected) == [False, False, False, True, True]
    assert whole.errors == {"1050": 2, "500": 1}


def left(folder: Path, vus: int, rate: float, dropped: int, interrupted: int) -> Path:
    folder.mkdir()
    metrics: dict[str, Any] = {
        "http_reqs": {"values": {"rate": rate}},
        "vus_max": {"values": {"max": vus}},
        "dropped_iterations": {"values": {"count": dropped}},
    }
    (folder / load.SUMMARY).write_text(json.dumps({"metrics": metrics}))
    (folder / load.CONSOLE).write_text(f"{vus}/{vus} VUs, 90 complete and {interrupted} interrupted iterations\n")
    return folder


def test_the_summary_is_of_all_generators(tmp_path: Path) -> None:
    folders = (left(tmp_path / "1", 400, 100.0, 1, 2), left(tmp_path / "2", 399, 90.0, 0, 3))
    assert records.read_summary(Generated(folders, 0, 1.0, 0.0, 0.0)) == records.Summary(190.0, 799, 5, 1)


def test_a_generator_that_left_no_summary_is_named_by_its_log(tmp_path: Path) -> None:
    folders = (left(tmp_path / "1", 400, 100.0, 0, 0), tmp_path / "2")
    folders[1].mkdir()
    (folders[1] / load.CONSOLE).write_text("panic: out of memory\n")
    with pytest.raises(UsageError, match=r"exit 2\): panic: out of memory. Log: .*2/k6.txt"):
        records.read_summary(Generated(folders, 2, 1.0, 0.0, 0.0))


# --- their samples -------------------------------------------------------------------------------


def samples(cores: float, seconds: range, late_s: float = 0.0) -> list[Sample]:
    return [Sample(second + late_s, cores * second, 10, 2, 3) for second in seconds]


def test_the_sum_of_the_generators_does_not_jump_where_one_begins_later_and_ends_sooner() -> None:
    summed = together({"generator-1": samples(0.5, range(1, 11)), "generator-2": samples(0.25, range(3, 8), 0.01)})
    assert [one.at_s for one in summed] == [3, 4, 5, 6, 7]
    steps = [after.cpu_s - before.cpu_s for before, after in itertools.pairwise(summed)]
    assert steps == pytest.approx([0.75] * 4)
    assert (summed[0].rss_bytes, summed[0].threads, summed[0].fds) == (20, 4, 6)


# --- their guards --------------------------------------------------------------------------------


def tripped(together_cores: float, *each: GeneratorUse) -> dict[Guard, str]:
    generator = TreeUse(together_cores, 0.0, 1, 1, 1)
    found = doubts(lab(), result(run(measurement(640.0, generator=generator, generators=each))))
    return {doubt.guard: doubt.says for doubt in (*found.measurement, *found.noise)}


def test_generators_that_begin_together_and_have_cores_left_raise_no_doubt() -> None:
    assert tripped(0.6, GeneratorUse(0.3, 0.0, 100), GeneratorUse(0.3, 0.05, 100)) == {}


def test_the_generators_are_saturated_together_though_none_is_alone() -> None:
    found = tripped(1.8, GeneratorUse(0.9, 0.0, 100), GeneratorUse(0.9, 0.0, 100))
    assert "together they used 1.80 of 2 cores" in found[Guard.GENERATOR_SATURATED]


def test_one_generator_is_saturated_though_all_together_are_not() -> None:
    """Each may use one core here: the busy one measures its own queue, whatever the others have left."""
    one = run(measurement(640.0, generators=(GeneratorUse(0.97, 0.0, 100), GeneratorUse(0.1, 0.0, 100))))
    kept = result(one)
    limited = replace(kept.provenance, environment={"GOMAXPROCS": "1"})
    found = doubts(lab(), replace(kept, provenance=limited))
    assert [doubt.says for doubt in found.noise] == [
        "T = 40: the busiest of 2 load generators was saturated: it used 0.97 of 1 cores"
    ]


def test_a_generator_that_sent_nothing_makes_the_run_inconclusive() -> None:
    found = tripped(0.3, GeneratorUse(0.3, 0.0, 100), GeneratorUse(0.0, None, 0))
    assert found == {Guard.GENERATOR_LATE: "T = 40: generator 2 of 2 sent no request"}


# --- what is kept --------------------------------------------------------------------------------


def test_a_result_from_before_generators_were_kept_has_none(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    store.save(result(run(measurement())), path)
    document = json.loads(path.read_text())
    del document["runs"][0]["measurement"]["generators"]
    path.write_text(json.dumps(document))
    assert store.read(path).runs[0].measurement.generators == ()
