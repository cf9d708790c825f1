"""SQLAlchemy sessions as dependencies: which of them hold a connection while they wait for something else.

No route has a response model or a return annotation, but for the one whose model is the subject.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import Select, create_engine, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from app.database import QueryWait
from app.settings import Settings

SLOW_CALL = 49  # the call to another service takes that many times as long as the query
MOST = Settings().pool_max_size

SessionLocal = sessionmaker[Session]()
AsyncSessionLocal = async_sessionmaker[AsyncSession]()

router = APIRouter(tags=["sessions"])


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[None]:
    """Bind the sessions to an engine whose pool keeps `pool_min_size` connections and opens up to `pool_max_size`.

    Raises RuntimeError if the database is not named.
    """
    if settings.database_url is None:
        raise RuntimeError("these routes need DATABASE_URL, for example postgresql://localhost/shop")
    url = make_url(settings.database_url).set(drivername="postgresql+psycopg")
    kept, timeout_s = settings.pool_min_size, settings.pool_timeout_s
    overflow = settings.pool_max_size - kept
    if settings.pool == "async":
        async_engine = create_async_engine(url, pool_size=kept, max_overflow=overflow, pool_timeout=timeout_s)
        AsyncSessionLocal.configure(bind=async_engine)
        yield
        await async_engine.dispose()
    else:
        engine = create_engine(url, pool_size=kept, max_overflow=overflow, pool_timeout=timeout_s)
        SessionLocal.configure(bind=engine)
        yield
        engine.dispose()


async def pool_exhausted(request: Request, error: Exception) -> JSONResponse:
    """The documented 503: every connection stayed busy for `pool_timeout_s`."""
    return JSONResponse({"detail": f"no database connection became free: {error}"}, status_code=503)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    __table_args__ = {"schema": "fastapi_under_load"}  # noqa: RUF012 (SQLAlchemy's own way)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


QUERIED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The query is done.", "content": {"application/json": {"example": {"wait_ms": 50}}}},
    503: {"description": "No connection became free in time."},
}


def query(wait_ms: int) -> Select[tuple[User, Any]]:
    """The first user; the database takes `wait_ms` to find it."""
    return select(User, func.pg_sleep(wait_ms / 1000)).where(User.id == 1)


# --8<-- [start:session]
def get_db() -> Iterator[Session]:
    with SessionLocal() as db:  # no connection yet: the first query takes one
        yield db


Db = Annotated[Session, Depends(get_db)]


@router.get("/session", responses=QUERIED)
def with_session(db: Db, wait_ms: QueryWait = 50):
    db.execute(query(wait_ms))
    return {"wait_ms": wait_ms}


# --8<-- [end:session]


# --8<-- [start:user]
def current_user(db: Db, wait_ms: QueryWait = 50):
    return db.scalars(query(wait_ms)).one()  # takes a connection


CurrentUser = Annotated[User, Depends(current_user)]


@router.get("/session_and_user", responses=QUERIED)
def with_session_and_user(user: CurrentUser, db: Db, wait_ms: QueryWait = 50):
    db.execute(query(wait_ms))  # on another thread token
    return {"wait_ms": wait_ms, "user": user.name}


# --8<-- [end:user]


# --8<-- [start:model]
class Queried(BaseModel):
    wait_ms: int


@router.get("/session_and_model", responses=QUERIED)
def with_session_and_model(db: Db, wait_ms: QueryWait = 50) -> Queried:
    db.execute(query(wait_ms))
    return Queried(wait_ms=wait_ms)


# --8<-- [end:model]


# --8<-- [start:limited]
LimitedDb = Annotated[Session, Depends(get_db, max_concurrency=MOST)]


def limited_user(db: LimitedDb, wait_ms: QueryWait = 50):
    return db.scalars(query(wait_ms)).one()


@router.get("/session_limited", responses=QUERIED)
def with_limited_session(user: Annotated[User, Depends(limited_user)], db: LimitedDb, wait_ms: QueryWait = 50):
    db.execute(query(wait_ms))
    return {"wait_ms": wait_ms, "user": user.name}


# --8<-- [end:limited]


# --8<-- [start:short]
def user_by_short_session(wait_ms: QueryWait = 50):
    with SessionLocal() as db:
        return db.scalars(query(wait_ms)).one()


@router.get("/session_short", responses=QUERIED)
def with_short_sessions(user: Annotated[User, Depends(user_by_short_session)], wait_ms: QueryWait = 50):
    with SessionLocal() as db:  # on the token that this route has already
        db.execute(query(wait_ms))
    return {"wait_ms": wait_ms, "user": user.name}


# --8<-- [end:short]


# --8<-- [start:async]
async def get_async_db() -> AsyncIterator[AsyncSession]:
    async with AsyncSessionLocal() as db:
        yield db


AsyncDb = Annotated[AsyncSession, Depends(get_async_db)]


async def async_user(db: AsyncDb, wait_ms: QueryWait = 50):
    return (await db.scalars(query(wait_ms))).one()


@router.get("/session_async", responses=QUERIED)
async def with_async_session(user: Annotated[User, Depends(async_user)], db: AsyncDb, wait_ms: QueryWait = 50):
    await db.execute(query(wait_ms))
    return {"wait_ms": wait_ms, "user": user.name}


# --8<-- [end:async]


# --8<-- [start:held]
@router.get("/session_held", responses=QUERIED)
def held_across_a_call(db: Db, wait_ms: QueryWait = 10):
    db.execute(query(wait_ms))
    time.sleep(SLOW_CALL * wait_ms / 1000)  # another service responds
    return {"wait_ms": wait_ms}


# --8<-- [end:held]


# --8<-- [start:released]
@router.get("/session_released", responses=QUERIED)
def released_before_the_call(db: Db, wait_ms: QueryWait = 10):
    db.execute(query(wait_ms))
    db.close()  # the connection goes back; a later query would take one again
    time.sleep(SLOW_CALL * wait_ms / 1000)
    return {"wait_ms": wait_ms}


# --8<-- [end:released]


# --8<-- [start:blocking]
@router.get("/session_in_async_def", responses=QUERIED)
async def blocking_session(db: Db, wait_ms: QueryWait = 10):
    db.execute(query(wait_ms))  # blocks the loop: for the query, and for the pool
    await anyio.sleep(SLOW_CALL * wait_ms / 1000)  # another service responds
    return {"wait_ms": wait_ms}


# --8<-- [end:blocking]
