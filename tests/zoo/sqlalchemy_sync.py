"""SQLAlchemy's own pool: three connections that stay, and two more under load."""

import os

from fastapi import FastAPI
from sqlalchemy import create_engine, text

url = os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:")
engine = create_engine(url, pool_size=3, max_overflow=2, pool_timeout=60)
app = FastAPI()


@app.get("/")
def query():
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(0.2)"))
    return {}
