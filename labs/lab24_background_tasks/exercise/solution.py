"""Quotes by mail, and invoices: mails have threads of their own, enough for them, and a line with an end."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
MOST = 120  # mails that aren't sent yet; beyond that a quote is refused
mail_threads = CapacityLimiter(30)  # 20 mails per second × 1 s are 20 at once, and some to spare
mails: set[asyncio.Task[None]] = set()  # asyncio itself keeps no hold on a task; the lifespan waits for them
mail_service = httpx.Client(base_url=os.environ["UPSTREAM_URL"], limits=httpx.Limits(max_connections=None))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # the invoices' archive allows ten calls at once: leave it at that
    to_thread.current_default_thread_limiter().total_tokens = 10
    yield
    await asyncio.gather(*mails, return_exceptions=True)  # a stop loses none


app = FastAPI(lifespan=lifespan)


def send_mail(ms: int) -> None:
    """The mail service's own client, which blocks for `ms` milliseconds. Leave it as it is."""
    mail_service.post("/mails", params={"ms": ms}, json={"subject": "Your quote"})


@app.get("/quote")
async def quote(ms: int = 1000):
    if len(mails) >= MOST:
        raise HTTPException(503, "busy", headers={"Retry-After": "1"})
    mail = asyncio.create_task(to_thread.run_sync(send_mail, ms, limiter=mail_threads))
    mails.add(mail)
    mail.add_done_callback(mails.discard)
    return {"cents": 1250}


@app.get("/invoice")
def invoice():
    time.sleep(0.005)  # the archive, whose client blocks
    return {"invoice": "paid"}
