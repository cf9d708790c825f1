"""A task queue on PostgreSQL: the route writes the job down and responds; a worker process does it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import procrastinate
from fastapi import APIRouter, FastAPI

from app.burning import burn
from app.computing import CpuMilliseconds
from app.settings import Settings

SCHEMA = "fastapi_under_load"

# --8<-- [start:queue]
queue = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=Settings().database_url or "",
        kwargs={"options": f"-c search_path={SCHEMA}"},  # its tables belong beside ours
        min_size=1,
        max_size=4,
    )
)


@queue.task(name="burn")
def burn_later(ms: int) -> None:
    burn(ms)


# --8<-- [end:queue]


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    async with queue.open_async():
        yield


QUEUED: dict[int | str, dict[str, Any]] = {
    202: {"description": "Written down.", "content": {"application/json": {"example": {"job": 1}}}}
}
router = APIRouter(tags=["jobs"], lifespan=opened)


# --8<-- [start:route]
@router.get("/cpu_queue", status_code=202, responses=QUEUED)
async def cpu_queue(ms: CpuMilliseconds = 50):
    return {"job": await burn_later.defer_async(ms=ms)}


# --8<-- [end:route]
