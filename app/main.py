"""Builds the app: `uvicorn app.main:app`, settings from the environment."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from psycopg_pool import PoolTimeout

from app.database import open_pool, pool_exhausted
from app.metrics import CountResponses
from app.routes import ROUTERS
from app.settings import Settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = Settings()
    # --8<-- [start:thread_tokens]
    to_thread.current_default_thread_limiter().total_tokens = settings.thread_tokens
    # --8<-- [end:thread_tokens]
    async with open_pool(settings):
        yield


app = FastAPI(title="FastAPI under load", lifespan=lifespan)
app.add_exception_handler(PoolTimeout, pool_exhausted)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    app.add_middleware(CountResponses)
for router in ROUTERS:
    app.include_router(router)
