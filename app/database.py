"""A sync and an async connection pool, and the same select through each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from app.settings import Settings

QUERY = Path(__file__).with_name("select.sql").read_text()

sync_pool: ConnectionPool | None = None
async_pool: AsyncConnectionPool | None = None

router = APIRouter(tags=["database"])


@asynccontextmanager
async def open_pool(settings: Settings) -> AsyncIterator[None]:
    """Hold the pool that `settings.pool` names open; the other twin's stays closed.

    Raises RuntimeError if the database is not named, psycopg_pool.PoolTimeout if it cannot
    give `pool_min_size` connections within `pool_timeout_s`.
    """
    global sync_pool, async_pool
    if settings.pool == "none":
        yield
        return
    if settings.database_url is None:
        raise RuntimeError(f"POOL={settings.pool} needs DATABASE_URL, for example postgresql://localhost/shop")
    smallest, largest, timeout_s = settings.pool_min_size, settings.pool_max_size, settings.pool_timeout_s
    if settings.pool == "sync":
        sync_pool = ConnectionPool(
            settings.database_url, min_size=smallest, max_size=largest, timeout=timeout_s, open=False
        )
        with sync_pool:
            sync_pool.wait(timeout_s)
            yield
    else:
        async_pool = AsyncConnectionPool(
            settings.database_url, min_size=smallest, max_size=largest, timeout=timeout_s, open=False
        )
        # --8<-- [start:wait]
        async with async_pool:
            await async_pool.wait(timeout_s)
            # --8<-- [end:wait]
            yield


async def pool_exhausted(request: Request, error: Exception) -> JSONResponse:
    """The documented 503: every connection stayed busy for `pool_timeout_s`."""
    return JSONResponse({"detail": f"no database connection became free: {error}"}, status_code=503)


UserId = Annotated[int, Query(ge=1, le=1000, description="A user of the data set.")]
QueryWait = Annotated[int, Query(ge=0, le=10_000, description="Milliseconds the database waits besides.")]

SELECTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Up to ten products the user spent most on.",
        "content": {"application/json": {"example": {"rows": [["product 1", 3, 411]]}}},
    },
    503: {"description": "No connection became free in time, or this pool was not opened."},
}


# --8<-- [start:sync_select]
@router.get("/sync_select", responses=SELECTED)
def sync_select(user_id: UserId = 1, wait_ms: QueryWait = 0):
    if sync_pool is None:
        raise HTTPException(503, "no sync pool is open: start the app with POOL=sync")
    with sync_pool.connection() as connection, connection.cursor() as cursor:
        cursor.execute(QUERY, {"user_id": user_id, "wait_s": wait_ms / 1000})
        rows = cursor.fetchall()
    return {"rows": rows}


# --8<-- [end:sync_select]


# --8<-- [start:async_select]
@router.get("/async_select", responses=SELECTED)
async def async_select(user_id: UserId = 1, wait_ms: QueryWait = 0):
    if async_pool is None:
        raise HTTPException(503, "no async pool is open: start the app with POOL=async")
    async with async_pool.connection() as connection, connection.cursor() as cursor:
        await cursor.execute(QUERY, {"user_id": user_id, "wait_s": wait_ms / 1000})
        rows = await cursor.fetchall()
    return {"rows": rows}


# --8<-- [end:async_select]
