"""What one request takes besides its route: a second thread token, or a second connection."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, HTTPException
from psycopg import Connection
from pydantic import BaseModel

from app import database
from app.database import QueryWait
from app.waiting import WAITED, Milliseconds

router = APIRouter(tags=["hidden tokens"])


# --8<-- [start:dependency]
def current_user(ms: Milliseconds = 250):
    time.sleep(ms / 1000)  # a session looked up by a blocking client
    return "ada"


User = Annotated[str, Depends(current_user)]


@router.get("/def_with_def_dependency", responses=WAITED)
def def_with_def_dependency(user: User, ms: Milliseconds = 250):
    time.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:dependency]


# --8<-- [start:async_dependency]
@router.get("/async_with_def_dependency", responses=WAITED)
async def async_with_def_dependency(user: User, ms: Milliseconds = 250):
    await anyio.sleep(ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:async_dependency]


# --8<-- [start:response_model]
class Waited(BaseModel):
    wait_ms: int


@router.get("/def_with_response_model", responses=WAITED)
def def_with_response_model(ms: Milliseconds = 250) -> Waited:
    time.sleep(ms / 1000)
    return Waited(wait_ms=ms)


# --8<-- [end:response_model]

QUERIED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Both queries are done.",
        "content": {"application/json": {"example": {"wait_ms": 50}}},
    },
    503: {"description": "No connection became free in time, or this pool was not opened."},
}
WAIT = "SELECT pg_sleep(%s)"


# --8<-- [start:two_connections]
@router.get("/two_connections", responses=QUERIED)
async def two_connections(wait_ms: QueryWait = 50):
    if database.async_pool is None:
        raise HTTPException(503, "no async pool is open: start the app with POOL=async")
    async with database.async_pool.connection() as outer:
        await outer.execute(WAIT, (wait_ms / 1000,))
        async with database.async_pool.connection() as inner:  # while the first is still held
            await inner.execute(WAIT, (wait_ms / 1000,))
    return {"wait_ms": wait_ms}


# --8<-- [end:two_connections]


# --8<-- [start:one_connection]
@router.get("/one_connection", responses=QUERIED)
async def one_connection(wait_ms: QueryWait = 50):
    if database.async_pool is None:
        raise HTTPException(503, "no async pool is open: start the app with POOL=async")
    async with database.async_pool.connection() as connection:
        await connection.execute(WAIT, (wait_ms / 1000,))
        await connection.execute(WAIT, (wait_ms / 1000,))
    return {"wait_ms": wait_ms}


# --8<-- [end:one_connection]


# --8<-- [start:session]
def session() -> Iterator[Connection]:
    if database.sync_pool is None:
        raise HTTPException(503, "no sync pool is open: start the app with POOL=sync")
    with database.sync_pool.connection() as connection:  # on a thread token, given back at the yield
        yield connection


Session = Annotated[Connection, Depends(session)]


@router.get("/def_with_session", responses=QUERIED)
def def_with_session(connection: Session, wait_ms: QueryWait = 50):  # on another token
    connection.execute(WAIT, (wait_ms / 1000,))
    return {"wait_ms": wait_ms}


# --8<-- [end:session]
