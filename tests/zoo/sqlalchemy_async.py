"""SQLAlchemy's async engine, with five connections and none beyond."""

import os

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

url = os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:")
engine = create_async_engine(url, pool_size=5, max_overflow=0, pool_timeout=60)
app = FastAPI()


@app.get("/")
async def query():
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(0.2)"))
    return {}
