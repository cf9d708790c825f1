"""k6/load_test.js by itself, as the post's readers run it."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.runner import load, records, server
from labs.runner.model import Load, Variant
from labs.runner.processes import watched
from tests.builders import SLEEP


@pytest.fixture
def service(port: int, tmp_path: Path) -> Iterator[str]:
    variant = Variant("alone", SLEEP, 100, 1, Load(1), thread_tokens=5)
    with watched() as dog, server.running(dog, variant, tmp_path / "server.log", port, None):
        yield f"http://127.0.0.1:{port}"


def k6(script: Path = load.SCRIPT, **extra: str) -> subprocess.CompletedProcess[str]:
    argv = [load.k6_binary(), "run", "--no-usage-report", "--no-color", "--address", "", str(script)]
    return subprocess.run(argv, env=os.environ | extra, capture_output=True, text=True, timeout=60)


def test_it_says_what_its_own_rate_leaves_out(service: str) -> None:
    """5 users of 0.1 s complete 50/s over the hold; half as many, on average, over a ramp as long."""
    ended = k6(BASE_URL=service, ENDPOINT="/sync_endpoint_sync_processing?ms=100", TARGET_VUS="5", RAMP="3s", HOLD="3s")
    assert ended.returncode == 0, ended.stderr
    whole = re.search(r"http_reqs +\d+ +([\d.]+)/s over the whole run", ended.stdout)
    hold = re.search(r"answers in hold +\d+ +([\d.]+)/s", ended.stdout)
    assert whole and hold and float(whole[1]) < float(hold[1]) == pytest.approx(50, rel=0.15)


def test_two_streams_are_told_apart(service: str, tmp_path: Path) -> None:
    """An open stream of 40/s on a slow route, a bystander of 10/s on a fast one."""
    main, bystander = "/sync_endpoint_sync_processing?ms=100", "/async_endpoint_async_processing?ms=0"
    ended = k6(
        load.TWO_STREAMS, BASE_URL=service, ENDPOINT=main, TARGET_VUS="20", ARRIVALS="40", RAMP="0s", HOLD="3s",
        BYSTANDER=bystander, BYSTANDER_RATE="10", SUMMARY_JSON=str(tmp_path / "summary.json"),
        K6_OUT=f"json={tmp_path / 'requests.json.gz'}",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    slow = records.read_requests(tmp_path / "requests.json.gz")
    fast = records.read_requests(tmp_path / "requests.json.gz", stream=records.BYSTANDER)
    assert len(slow.duration_s) == pytest.approx(120, abs=2) and len(fast.duration_s) == pytest.approx(30, abs=2)
    assert slow.duration_s.min() > 0.1 > float(fast.duration_s.mean())
    assert "main " in ended.stdout and "bystander " in ended.stdout


@pytest.mark.parametrize(("name", "value"), [("TARGET_VUS", "many"), ("HOLD", "half a minute"), ("THINK_TIME", "-1")])
def test_bad_settings_are_named(name: str, value: str) -> None:
    ended = k6(**{name: value})
    assert ended.returncode == 107 and value in ended.stdout + ended.stderr
