import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

KEPT, MORE = 5, 10  # SQLAlchemy's own pool_size and max_overflow
engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///shop.db"), pool_size=KEPT, max_overflow=MORE)
SessionLocal = sessionmaker(engine)


def get_db() -> Iterator[Session]:
    with SessionLocal() as db:
        yield db


# use this alias everywhere: another Depends(…, max_concurrency=…) would have a limit of its own
Db = Annotated[Session, Depends(get_db, max_concurrency=KEPT + MORE - 1)]  # one is left for other sessions


def current_user(db: Db):
    return db.scalar(text("SELECT 1"))


app = FastAPI()


@app.get("/orders")
def orders(user: Annotated[int, Depends(current_user)], db: Db):
    return {"user": user, "orders": list(db.scalars(text("SELECT 1")))}
