"""Each lab end to end, at smoke scale, on the real k6, uvicorn and PostgreSQL."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.results import runs, store
from tests.conftest import ROOT, Invoked, gone
from tests.recompute import recompute


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_a_lab_runs_whole_at_smoke_scale(lab: Lab, invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke(lab.name, "--scale", "smoke", "--json", "--port", str(port))
    assert ended.status == 20, ended.err
    document = ended.json
    assert document["verdict"] == "inconclusive" and document["scale"] == "smoke"
    for variant in document["variants"]:
        if variant["start_error"] is not None:  # lab 7 shows a service that cannot start
            assert variant["requests"] == 0 and variant["database_fatals"] > 0
            continue
        restarts = 1 if variant["restart"] else 0  # those of lab 27, which lose requests
        failed = round(variant["requests"] * variant["failed_share"])
        assert variant["requests"] > 2 * failed and (restarts or failed == 0)
        assert variant["response_time_s"]["p50"] > 0
        # what the workers counted is what k6 counted, in flight at the end aside
        sent = variant["requests"] + (variant["probe"]["response_time_s"]["samples"] if variant["probe"] else 0)
        assert 0 <= sum(variant["worker_responses"]) - (sent - failed) <= variant["interrupted"] + failed
        assert len(variant["worker_responses"]) == (1 + restarts) * variant["workers"]
    assert gone(ended.mark)
    kept = re.search(r"kept in (\S+)", ended.err)
    assert kept
    agrees_with_a_second_opinion(ROOT / kept[1])


def agrees_with_a_second_opinion(folder: Path) -> None:
    for place, run in enumerate(store.read(folder / runs.RESULT_NAME).runs, start=1):
        measured, window = run.measurement, run.measurement.window
        if measured.start_error:
            continue
        (records,) = folder.glob(f"{place:02d}-*/requests.json.gz")
        told = recompute(str(records), window.start_s, window.length_s)
        # a response within a microsecond of an edge may be counted on either side
        assert told["throughput_per_s"] == pytest.approx(measured.throughput_per_s, abs=1.01 / window.length_s)
        times = measured.response_time_s
        assert (told["p50"], told["p95"], told["p99"], told["max"]) == pytest.approx(
            (times.p50, times.p95, times.p99, times.max)
        )
        assert (told["failed_share"], told["requests"]) == pytest.approx((measured.failed_share, measured.requests))
