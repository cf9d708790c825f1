"""A shop's invoices are made in processes of their own, so the event loop is free for the login."""

import asyncio
import multiprocessing
import secrets
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

WORKERS = 1  # how many processes serve
logged_in: dict[str, str] = {}


def render(number: int) -> int:
    """The library that makes the PDF: 100 ms of computing, in Python. Leave it as it is."""
    ends_s = time.thread_time() + 0.1
    while time.thread_time() < ends_s:
        sum(n * n for n in range(100))  # stands for fonts, lines and pages
    return 3


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        await asyncio.gather(
            *(in_process(pool, number) for number in range(2))
        )  # starts both (one may still be loading)
        app.state.pool = pool
        yield


async def in_process(pool: ProcessPoolExecutor, number: int) -> int:
    return await asyncio.get_running_loop().run_in_executor(pool, render, number)


app = FastAPI(lifespan=lifespan)


@app.get("/invoice")
async def invoice(request: Request, number: int = 7):
    pages = await in_process(request.app.state.pool, number)
    return {"number": number, "pages": pages}


@app.get("/login")
async def login(user: str = "ada"):
    token = secrets.token_hex(8)
    logged_in[token] = user
    return {"user": user, "token": token}
