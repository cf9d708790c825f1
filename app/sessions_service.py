"""The service whose routes use SQLAlchemy: `uvicorn app.sessions_service:app`, settings from the environment."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.metrics import CountResponses
from app.sessions import open_engine, pool_exhausted, router
from app.settings import Settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = Settings()
    to_thread.current_default_thread_limiter().total_tokens = settings.thread_tokens
    async with open_engine(settings):
        yield


app = FastAPI(title="SQLAlchemy sessions under load", lifespan=lifespan)
app.add_exception_handler(PoolTimeout, pool_exhausted)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    app.add_middleware(CountResponses)
app.include_router(router)
