"""Quotes by mail, and invoices. Repair it. Change what you like, except what is marked, and the response."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import to_thread
from fastapi import BackgroundTasks, FastAPI

WORKERS = 1  # how many processes serve
mail_service = httpx.Client(base_url=os.environ["UPSTREAM_URL"], limits=httpx.Limits(max_connections=None))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # the invoices' archive allows ten calls at once: leave it at that
    to_thread.current_default_thread_limiter().total_tokens = 10
    yield


app = FastAPI(lifespan=lifespan)


def send_mail(ms: int) -> None:
    """The mail service's own client, which blocks for `ms` milliseconds. Leave it as it is."""
    mail_service.post("/mails", params={"ms": ms}, json={"subject": "Your quote"})


@app.get("/quote")
async def quote(background: BackgroundTasks, ms: int = 1000):
    background.add_task(send_mail, ms)
    return {"cents": 1250}


@app.get("/invoice")
def invoice():
    time.sleep(0.005)  # the archive, whose client blocks
    return {"invoice": "paid"}
