import os

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker

engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///shop.db"))
SessionLocal = sessionmaker(engine)
app = FastAPI()


def open_orders():
    with SessionLocal() as session:  # opened, used and closed in the thread
        return session.scalar(text("SELECT 1"))


@app.get("/orders")
async def orders():
    return {"open": await run_in_threadpool(open_orders)}
