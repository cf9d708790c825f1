"""One list of products, turned into a response in four ways. No return annotation: it would be a response model."""

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

Count = Annotated[int, Query(ge=0, le=10_000, description="How many products the response has.")]

router = APIRouter(tags=["products"])


class Product(BaseModel):
    id: int
    name: str
    price: float
    tags: list[str]
    in_stock: bool


PRODUCTS = [
    {"id": place, "name": f"product {place}", "price": place / 100, "tags": ["new", "sale"], "in_stock": True}
    for place in range(10_000)
]


# --8<-- [start:ways]
@router.get("/products")
def products(count: Count = 3000):
    return PRODUCTS[:count]  # FastAPI makes JSON of it, on the event loop


@router.get("/products_model", response_model=list[Product])
def products_model(count: Count = 3000):
    return PRODUCTS[:count]


@router.get("/products_ready")
def products_ready(count: Count = 3000):
    return Response(json.dumps(PRODUCTS[:count]), media_type="application/json")


# --8<-- [end:ways]


def lines(count: int, per_piece: int) -> Iterator[str]:
    for first in range(0, count, per_piece):
        yield "".join(json.dumps(product) + "\n" for product in PRODUCTS[first : min(first + per_piece, count)])


@router.get("/products_streamed")
def products_streamed(count: Count = 3000):
    return StreamingResponse(lines(count, 1), media_type="application/jsonl")


@router.get("/products_in_pieces")
def products_in_pieces(count: Count = 3000):
    return StreamingResponse(lines(count, 500), media_type="application/jsonl")
