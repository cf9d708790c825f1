"""Pays a customer's basket. Repair it. Change what you like, except the queries, pay() and the response."""

import os
import time
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

WORKERS = 1  # how many processes serve
USER = text("SELECT id, pg_sleep(0.025) FROM fastapi_under_load.users WHERE id = 7")  # leave it as it is
BASKET = text("SELECT price_cents, pg_sleep(0.025) FROM fastapi_under_load.products WHERE id = :user")  # and this

url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
engine = create_engine(url, pool_size=5, max_overflow=10, pool_timeout=2)
SessionLocal = sessionmaker(engine)


def pay(cents: int) -> int:
    """The bank's own client, which blocks. Leave it as it is."""
    time.sleep(0.45)
    return cents


def get_db() -> Iterator[Session]:
    with SessionLocal() as db:
        yield db


Db = Annotated[Session, Depends(get_db)]


def current_user(db: Db):
    return db.execute(USER).scalar_one()


app = FastAPI()


@app.get("/pay")
def checkout(user: Annotated[int, Depends(current_user)], db: Db):
    cents = db.execute(BASKET, {"user": user}).scalar_one()
    return {"user": user, "paid_cents": pay(cents)}


@app.get("/health")
async def health():
    return {"status": "ok"}
