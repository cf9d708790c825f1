"""k6/load_test.js by itself, as the post's readers run it."""

import gzip
import json
import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.service import Load, Probe, Variant
from labs.engine.harness import k6 as generator
from labs.engine.harness.commands import ANY_REQUEST, LOAD_SCRIPT, TWO_STREAMS, Ports, commands
from labs.engine.harness.processes import watched
from labs.engine.results import records
from tests.serving import serving


@pytest.fixture
def service(port: int, tmp_path: Path) -> Iterator[str]:
    variant = Variant(name="alone", endpoint=SYNC_SLEEP, ms=100, workers=1, load=Load(vus=1), thread_tokens=5)
    with watched() as watchdog, serving(watchdog, variant, port, tmp_path):
        yield f"http://127.0.0.1:{port}"


def k6(script: Path = LOAD_SCRIPT, **extra: str) -> subprocess.CompletedProcess[str]:
    argv = [generator.binary(), "run", "--no-usage-report", "--no-color", "--address", "", str(script)]
    return subprocess.run(argv, env=os.environ | extra, capture_output=True, text=True, timeout=60)


def test_it_says_what_its_own_rate_leaves_out(service: str) -> None:
    """As many requests in the steady phase as in the whole run at most, and a rate of each."""
    settings = {"ENDPOINT": "/sync_endpoint_sync_processing?ms=100", "TARGET_VUS": "5", "RAMP": "1s", "STEADY": "1s"}
    ended = k6(BASE_URL=service, **settings)
    assert ended.returncode == 0, ended.stderr
    whole = re.search(r"http_reqs +(\d+) +([\d.]+)/s over the whole run", ended.stdout)
    steady = re.search(r"steady responses +(\d+) +([\d.]+)/s over the 1s at full load", ended.stdout)
    assert whole and steady and 0 < int(steady[1]) < int(whole[1])
    assert float(steady[2]) == int(steady[1])  # of one second


def test_two_streams_are_told_apart(service: str, tmp_path: Path) -> None:
    """An open stream of 40/s on a slow route, a probe of 10/s on a fast one."""
    main, probe = "/sync_endpoint_sync_processing?ms=100", "/async_endpoint_async_processing?ms=0"
    ended = k6(
        TWO_STREAMS, BASE_URL=service, ENDPOINT=main, TARGET_VUS="40", ARRIVALS="40", RAMP="0s", STEADY="2s",
        PROBE=probe, PROBE_RATE="10", SUMMARY_JSON=str(tmp_path / "summary.json"),
        K6_OUT=f"json={tmp_path / 'requests.json.gz'}",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    slow = records.read_requests(tmp_path / "requests.json.gz")
    fast = records.read_requests(tmp_path / "requests.json.gz", stream=records.PROBE)
    assert len(slow.duration_s) == pytest.approx(80, abs=2) and len(fast.duration_s) == pytest.approx(20, abs=2)
    assert slow.duration_s.min() > 0.1 > float(fast.duration_s.min())
    assert "main " in ended.stdout and "probe " in ended.stdout


def test_random_pauses_are_exponential(service: str, tmp_path: Path) -> None:
    """100 users who pause for 0.5 s on average: half of the pauses are shorter than ln 2 of that.

    And they vary by as much as they last. Each user's own turns are looked at: they are long beside what a busy machine
    adds.
    """
    ended = k6(
        ANY_REQUEST, BASE_URL=service, ENDPOINT="/async_endpoint_async_processing?ms=0", TARGET_VUS="100", RAMP="0s",
        STEADY="5s", THINK_TIME="0.5", PAUSES="exponential", K6_OUT=f"json={tmp_path / 'requests.json.gz'}",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    with gzip.open(tmp_path / "requests.json.gz", "rt") as lines:
        points = [one for one in map(json.loads, lines) if one["metric"] == "iteration_duration"]
    turns_s = np.array([one["data"]["value"] for one in points if one["type"] == "Point"]) / 1000
    assert len(turns_s) > 500 and np.median(turns_s) == pytest.approx(0.5 * np.log(2), abs=0.08)
    assert np.std(turns_s) > 0.3


def test_method_headers_body_and_weighted_paths_arrive(tmp_path: Path, port: int) -> None:
    """What a server of ours was sent, of 200 requests: two paths, three to one."""
    got: list[tuple[str, str, str, bytes]] = []

    class Noting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.command, self.path, self.headers["X-Course"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", port), Noting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ended = k6(
            ANY_REQUEST, BASE_URL=f"http://127.0.0.1:{port}", PATHS='[["/often", 3], ["/seldom", 1]]', METHOD="post",
            HEADERS='{"X-Course": "yes"}', BODY="n=1", TARGET_VUS="200", ARRIVALS="200", RAMP="0s", STEADY="1s",
        )  # fmt: skip
        server.shutdown()
    assert ended.returncode == 0, ended.stderr
    assert {(method, header, body) for method, _, header, body in got} == {("POST", "yes", b"n=1")}
    paths = Counter(path for _, path, _, _ in got)
    assert set(paths) == {"/often", "/seldom"} and 2 < paths["/often"] / paths["/seldom"] < 4.5


def test_a_probe_beside_other_than_plain_gets_is_refused() -> None:
    variant = Variant(
        name="both", endpoint=SYNC_SLEEP, ms=1, workers=1, load=Load(vus=1, pauses="exponential"), probe=Probe(path="/")
    )
    with pytest.raises(ValueError, match="probe"):
        commands(variant, Ports(8000))


@pytest.mark.parametrize(
    ("name", "value"), [("PAUSES", "long"), ("HEADERS", "X-Course: yes"), ("PATHS", "/a"), ("TARGET_VUS", "many")]
)
def test_bad_settings_of_any_request_are_named(name: str, value: str) -> None:
    ended = k6(ANY_REQUEST, **{name: value})
    assert ended.returncode == 107 and value in ended.stdout + ended.stderr


@pytest.mark.parametrize(("name", "value"), [("TARGET_VUS", "many"), ("STEADY", "half a minute"), ("THINK_TIME", "-1")])
def test_bad_settings_are_named(name: str, value: str) -> None:
    ended = k6(**{name: value})
    assert ended.returncode == 107 and value in ended.stdout + ended.stderr
