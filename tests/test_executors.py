"""Where a service may compute and wait: what the start-up opens, and where a load goes."""

import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from app import executors
from app.burning import burn
from app.main import app
from labs import catalog
from labs.engine.declare.service import Machine
from labs.engine.harness import server
from labs.engine.harness.commands import Ports, commands
from labs.engine.harness.processes import watched
from labs.lab10_isolate.lab import OWN_SERVICE, SHARED

LAB10 = {variant.name: variant for variant in catalog.lab(10).rows("auto", Machine(2.0))}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


def test_burning_uses_the_cpu_time_that_was_asked_for() -> None:
    before_s = time.thread_time()
    burn(20)
    assert time.thread_time() - before_s >= 0.02


@pytest.mark.parametrize("path", ["/cpu_inline", "/cpu_def", "/cpu_to_thread"])
def test_the_computing_endpoints_refuse_more_than_a_fifth_of_a_second(client: TestClient, path: str) -> None:
    assert client.get(path, params={"ms": 1}).json() == {"cpu_ms": 1}
    assert client.get(path, params={"ms": 201}).status_code == 422


def test_without_a_process_pool_its_endpoint_says_how_to_open_one(client: TestClient) -> None:
    answer = client.get("/cpu_process")
    assert answer.status_code == 503 and "COMPUTE_PROCESSES" in answer.json()["detail"]


def test_every_process_of_the_pool_runs_before_the_service_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPUTE_PROCESSES", "2")
    with TestClient(app) as client:
        assert len(multiprocessing.active_children()) == 2
        assert client.get("/cpu_process", params={"ms": 1}).json() == {"cpu_ms": 1}
    assert executors.process_pool is None and not multiprocessing.active_children()


def test_a_load_that_goes_to_the_sidecar_leaves_its_probe_with_the_server() -> None:
    here, beside = "http://127.0.0.1:8000", "http://127.0.0.1:8001"
    ports = Ports(8000, 8001)
    for name, load_goes_to in ((SHARED, here), (OWN_SERVICE, beside)):
        settings = commands(LAB10[name], ports).generator.settings
        assert (settings["BASE_URL"], settings["PROBE_BASE_URL"]) == (load_goes_to, here)


def test_the_legacy_service_says_ready_once_it_responds(tmp_path: Path, port: int) -> None:
    command = commands(LAB10[OWN_SERVICE], Ports(port, port + 1)).sidecar
    assert command
    with watched() as watchdog, server.sidecar(watchdog, command, None, tmp_path / "sidecar.log"):
        url = f"http://127.0.0.1:{port + 1}/legacy_def"
        assert httpx.get(url, params={"ms": 1}).json() == {"wait_ms": 1}
