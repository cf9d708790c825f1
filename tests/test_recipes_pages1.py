"""What the pages on honest measuring give to copy does what they say."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

import httpx
import pytest

from app.recipes import generator_cores, noise_floor, reused_connection
from labs.engine.harness import k6
from labs.engine.paths import ROOT

OPEN_MODEL = ROOT / "k6" / "open_model.js"
DELAYED_ACK_S = 0.040


def test_the_noise_floor_is_half_the_gap_over_the_median() -> None:
    assert noise_floor.noise_floor([98, 100, 104]) == pytest.approx(0.03)


def test_a_gain_is_an_interval_of_ratios_with_its_confidence() -> None:
    assert noise_floor.gain([100, 200, 100], [110, 190, 104]) == pytest.approx((0.95, 1.1, 0.75))
    assert noise_floor.gain([1] * 6, [1] * 6)[2] == pytest.approx(0.97, abs=0.002)


def test_a_generators_cores_are_its_cpu_over_the_time_it_ran() -> None:
    burns = "import time\nwhile time.process_time() < 0.5: pass\nraise SystemExit(99)"
    began_s = time.monotonic()
    used, status = generator_cores.cores_used([sys.executable, "-c", burns])
    assert 0.4 / (time.monotonic() - began_s) < used < 1.2
    assert status == 99  # what k6 says of its thresholds


class Counting(ThreadingHTTPServer):
    """Responds at once, or after `wait_s`, and counts what it was asked."""

    daemon_threads = True
    wait_s = 0.0
    asked = 0


class Respond(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Counting)
        self.server.asked += 1
        time.sleep(self.server.wait_s)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def open_model(port: int, wait_s: float, users: int) -> tuple[int, int]:
    """k6's exit code and the requests that came, of 20/s for two seconds."""
    with Counting(("127.0.0.1", port), Respond) as server:
        server.wait_s = wait_s
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = {"URL": f"http://127.0.0.1:{port}/", "RATE": "20", "DURATION": "2s", "USERS": str(users)}
        extra = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
        argv = [k6.binary(), "run", "--no-usage-report", "--quiet", "--address", "", *extra, str(OPEN_MODEL)]
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        server.shutdown()
        return ended.returncode, server.asked


def test_the_open_model_sends_on_schedule(port: int) -> None:
    code, asked = open_model(port, wait_s=0.3, users=20)
    assert code == 0 and asked == pytest.approx(40, abs=8)


def test_the_open_model_fails_where_it_had_no_user_for_a_request(port: int) -> None:
    code, asked = open_model(port, wait_s=1.0, users=5)
    assert code == 99 and asked < 20


def test_the_open_model_fails_where_requests_fail(port: int) -> None:
    argv = [k6.binary(), "run", "--no-usage-report", "--quiet", "--address", "", "-e", f"URL=http://127.0.0.1:{port}/"]
    ended = subprocess.run([*argv, "-e", "DURATION=1s", str(OPEN_MODEL)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 99, ended.stderr


@contextmanager
def uvicorn(port: int, *options: str) -> Iterator[str]:
    argv = [sys.executable, "-m", "uvicorn", "app.bare:app", "--port", str(port), "--loop", "asyncio", *options]
    server = subprocess.Popen([*argv, "--log-level", "warning"], cwd=ROOT)
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(100):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.skipif(sys.platform != "linux", reason="the delayed acknowledgement of 40 ms is Linux's")
def test_two_workers_on_asyncio_wait_for_an_acknowledgement_unless_the_protocol_sets_nodelay(port: int) -> None:
    with uvicorn(port, "--workers", "2") as url:
        _, *later = reused_connection.response_times_s(url)
    assert DELAYED_ACK_S <= median(later) < 0.08
    with uvicorn(port, "--workers", "2", "--http", "app.recipes.no_delay:NoDelay") as url:
        _, *later = reused_connection.response_times_s(url)
    assert median(later) < DELAYED_ACK_S / 2
