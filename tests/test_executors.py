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
from labs.lab10_isolate.lab import OWN_SERVICE, SHARED
from labs.runner import server
from labs.runner.model import Machine
from labs.runner.processes import watched

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


def test_a_load_that_goes_to_the_companion_leaves_its_bystander_with_the_server() -> None:
    here, beside = "http://127.0.0.1:8000", "http://127.0.0.1:8001"
    assert server.urls(LAB10[SHARED], 8000) == (here, here)
    assert server.urls(LAB10[OWN_SERVICE], 8000) == (beside, here)


def test_the_legacy_service_says_ready_once_it_answers(tmp_path: Path, port: int) -> None:
    variant = LAB10[OWN_SERVICE]
    with watched() as dog, server.companion(dog, variant, tmp_path / "companion.log", port, None):
        url, _ = server.urls(variant, port)
        assert httpx.get(f"{url}/legacy_def", params={"ms": 1}).json() == {"wait_ms": 1}
