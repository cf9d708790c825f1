"""The service by itself: its responses, its limits, and what it must not have."""

import asyncio
import contextlib
import inspect
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from anyio import to_thread
from fastapi import HTTPException
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app import bare, calling, hung, jobs, layers, sessions
from app.computing import cpu_inline
from app.database import pool_exhausted
from app.main import app
from app.routes import ROUTERS
from app.shedding import AdmissionLimit
from labs import catalog
from labs.engine.declare.service import Machine

SERVED = (*(router.routes for router in (*ROUTERS, jobs.router, calling.router)), hung.app.routes)
ROUTES = [route for routes in SERVED for route in routes if isinstance(route, APIRoute)]
WAITING = [route.path for route in ROUTES if "processing" in route.path]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


TWO_TOKENS = "/def_with_response_model"  # lab 12: the second token is its subject
MODELLED = (TWO_TOKENS, "/products_model")  # lab 25: what a response model saves is its subject


@pytest.mark.parametrize("route", [r for r in ROUTES if r.path not in MODELLED], ids=lambda route: route.path)
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
    response = client.get(path)
    assert response.status_code == 503 and "POOL=" in response.json()["detail"]
    assert "503" in client.get("/openapi.json").json()["paths"][path]["get"]["responses"]
    assert client.get(path, params={"user_id": 0}).status_code == 422


def test_an_exhausted_pool_responds_503() -> None:
    response = asyncio.run(pool_exhausted(None, TimeoutError("couldn't get a connection")))  # type: ignore[arg-type]
    assert response.status_code == 503


@pytest.mark.parametrize("ms", [0, 30])
def test_a_computing_endpoint_burns_the_cpu_time_it_is_asked_for(ms: int) -> None:
    begun = time.thread_time()
    assert asyncio.run(cpu_inline(ms)) == {"cpu_ms": ms}
    assert time.thread_time() - begun >= ms / 1000


@pytest.mark.parametrize("value", ["-1", "201", "x"])
def test_a_bad_amount_of_computing_is_refused(client: TestClient, value: str) -> None:
    assert client.get("/cpu_inline", params={"ms": value}).status_code == 422


@pytest.mark.parametrize(("kind", "layer"), [("base", layers.BaseLayer), ("asgi", layers.AsgiLayer)])
def test_layers_are_counted_and_each_kind_does_the_same(kind: Literal["base", "asgi"], layer: type) -> None:
    stacked = layers.build(layers.Settings(layers=4, layer_kind=kind))
    assert [middleware.cls for middleware in stacked.user_middleware].count(layer) == 4
    with TestClient(stacked) as opened:
        response = opened.get("/async_endpoint_async_processing", params={"ms": 0})
    assert response.json() == {"wait_ms": 0} and response.headers["x-layer"] == "passed"


def test_the_bare_app_responds_as_fastapi_does() -> None:
    path = "/async_endpoint_async_processing?ms=0"
    with TestClient(bare.app) as floor, TestClient(layers.build(layers.Settings(layers=0))) as plain:
        first, second = floor.get(path), plain.get(path)
    assert (first.content, first.headers) == (second.content, second.headers)


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
    for scale in ("post", "auto", "smoke"):
        for variant in lab.rows(scale, Machine(2.0)):
            if variant.app != "bare":  # which responds to every path alike
                routes = [*ROUTES, *sessions.router.routes]
                defined = {route.path: route.endpoint.__module__ for route in routes if isinstance(route, APIRoute)}
                assert defined[variant.endpoint.path] == f"app.{variant.endpoint.module}"


def test_a_response_model_on_a_def_route_is_validated_on_a_second_token(client: TestClient) -> None:
    (route,) = (route for route in ROUTES if route.path == TWO_TOKENS)
    assert route.response_model is not None and not inspect.iscoroutinefunction(route.endpoint)
    assert client.get(TWO_TOKENS, params={"ms": 3}).json() == {"wait_ms": 3}


@pytest.mark.parametrize("path", ["/def_with_def_dependency", "/async_with_def_dependency"])
def test_a_dependency_waits_before_its_route(client: TestClient, path: str) -> None:
    response = client.get(path, params={"ms": 50})
    assert response.json() == {"wait_ms": 50} and response.elapsed.total_seconds() >= 0.1


@pytest.mark.parametrize("path", ["/one_connection", "/two_connections", "/def_with_session"])
def test_a_query_without_its_pool_is_a_documented_503(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 503 and "POOL=" in response.json()["detail"]


def test_a_limit_admits_as_many_as_it_was_told_and_counts_those_who_leave() -> None:
    async def visit() -> None:
        limit = AdmissionLimit(2)
        admit = contextlib.asynccontextmanager(limit.__call__)
        async with admit(), admit():
            with pytest.raises(HTTPException) as refused:
                async with admit():
                    pass
            assert refused.value.status_code == 503
        with pytest.raises(ZeroDivisionError):
            async with admit():
                raise ZeroDivisionError  # a route that fails leaves the limit too
        assert limit.inside == 0

    asyncio.run(visit())


def test_an_admission_limited_route_responds_and_a_closing_one_closes(client: TestClient) -> None:
    assert client.get("/admission_limited", params={"ms": 3}).json() == {"wait_ms": 3}
    assert client.get("/closing", params={"ms": 3}).headers["connection"] == "close"
