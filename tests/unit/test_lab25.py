"""Lab 25: what its page says of FastAPI, in FastAPI itself, and its recipe."""

import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI, routing
from fastapi.testclient import TestClient

from app import products
from app.recipes.stream_in_pieces import as_json_lines, pieces

ROUTES = ("/products", "/products_model", "/products_ready")


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(products.router)

    @app.get("/exported")
    def exported():  # type: ignore[no-untyped-def]  # a return annotation would be a response model
        return as_json_lines(products.PRODUCTS[:1200])

    with TestClient(app) as one:
        yield one


def test_every_way_sends_the_same_products(client: TestClient) -> None:
    wanted = products.PRODUCTS[:7]
    assert [client.get(route, params={"count": 7}).json() for route in ROUTES] == [wanted] * 3
    for route in ("/products_streamed", "/products_in_pieces"):
        streamed = client.get(route, params={"count": 7}).text
        assert [json.loads(line) for line in streamed.splitlines()] == wanted


def test_a_list_is_encoded_on_the_event_loop_although_the_endpoint_ran_in_a_thread(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}
    encode, dumps = routing.jsonable_encoder, json.dumps

    def encoder(*given: Any, **named: Any) -> Any:
        seen["encodes"] = threading.current_thread().name
        return encode(*given, **named)

    def dumping(*given: Any, **named: Any) -> str:
        seen["dumps"] = threading.current_thread().name
        return dumps(*given, **named)

    monkeypatch.setattr(routing, "jsonable_encoder", encoder)
    client.get("/products", params={"count": 1})
    monkeypatch.setattr(json, "dumps", dumping)
    client.get("/products_ready", params={"count": 1})
    assert "AnyIO worker" not in seen["encodes"] and "AnyIO worker" in seen["dumps"]


def test_a_response_model_leaves_the_python_encoder_out(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: Any, **named: Any) -> None:
        raise AssertionError("the encoder ran")

    monkeypatch.setattr(routing, "jsonable_encoder", never)
    assert client.get("/products_model", params={"count": 3}).json() == products.PRODUCTS[:3]


def test_the_recipe_sends_every_row_in_few_pieces(client: TestClient) -> None:
    rows: Iterable[dict[str, object]] = products.PRODUCTS[:1200]
    assert [piece.count("\n") for piece in pieces(rows)] == [500, 500, 200]
    assert [json.loads(line) for line in client.get("/exported").text.splitlines()] == rows
