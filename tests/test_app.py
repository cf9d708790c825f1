"""The service by itself: its answers, its limits, and what it must not have."""

import asyncio
import inspect
from collections.abc import Iterator

import pytest
from anyio import to_thread
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.database import pool_exhausted
from app.main import app
from app.routes import ROUTERS
from labs import catalog
from labs.runner.model import Machine

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
WAITING = [route.path for route in ROUTES if "processing" in route.path]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_load_endpoint_has_no_response_model_because_it_costs_a_second_token(route: APIRoute) -> None:
    assert route.response_model is None
    assert inspect.signature(route.endpoint).return_annotation is inspect.Signature.empty


def test_the_posts_routes_are_all_here() -> None:
    assert len(WAITING) == 5 and {route.path for route in ROUTES} >= {"/sync_select", "/async_select"}


@pytest.mark.parametrize("path", WAITING)
def test_a_waiting_endpoint_says_how_long_it_waited(client: TestClient, path: str) -> None:
    assert client.get(path, params={"ms": 3}).json() == {"wait_ms": 3}


@pytest.mark.parametrize("value", ["-1", "60001", "x", "1.5"])
@pytest.mark.parametrize("path", WAITING)
def test_a_bad_wait_is_refused(client: TestClient, path: str, value: str) -> None:
    assert client.get(path, params={"ms": value}).status_code == 422


@pytest.mark.parametrize("path", ["/sync_select", "/async_select"])
def test_a_select_without_its_pool_is_a_documented_503(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 503 and "POOL=" in answer.json()["detail"]
    assert "503" in client.get("/openapi.json").json()["paths"][path]["get"]["responses"]
    assert client.get(path, params={"user_id": 0}).status_code == 422


def test_an_exhausted_pool_answers_503() -> None:
    answer = asyncio.run(pool_exhausted(None, TimeoutError("couldn't get a connection")))  # type: ignore[arg-type]
    assert answer.status_code == 503


def test_thread_tokens_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREAD_TOKENS", "7")

    async def tokens() -> float:
        async with app.router.lifespan_context(app):
            return to_thread.current_default_thread_limiter().total_tokens

    assert asyncio.run(tokens()) == 7


def test_a_pool_without_an_address_fails_with_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOL", "sync")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(RuntimeError, match="needs DATABASE_URL"), TestClient(app):
        pass


@pytest.mark.parametrize("lab", catalog.labs(), ids=lambda lab: lab.name)
def test_every_lab_names_the_module_that_defines_its_endpoint(lab) -> None:  # type: ignore[no-untyped-def]
    defined = {route.path: route.endpoint.__module__ for route in ROUTES}
    for scale in ("post", "auto", "smoke"):
        for variant in lab.variants(scale, Machine(2.0)):
            if variant.app == "main":
                assert defined[variant.endpoint.path] == f"app.{variant.endpoint.module}"
            else:  # an app of its own, without the routers
                assert variant.endpoint.module == variant.app
