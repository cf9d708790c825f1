import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.recipes import limits_report  # your copy of the file above

engine = create_engine(
    os.environ.get("DATABASE_URL", "sqlite:///shop.db"), poolclass=limits_report.CountedPool, pool_timeout=5
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = 40  # what else you set at the start stands here, too
    async with limits_report.watching(app, engine):
        yield
    engine.dispose()


app = FastAPI(lifespan=lifespan)
app.add_middleware(limits_report.ByRoute)
app.include_router(limits_report.router)


@app.get("/orders")
def orders() -> list[int]:
    with Session(engine) as db:
        return list(db.scalars(text("SELECT 1")))
