"""A shop's invoices, and its login. Repair it. Change what you like, except the library and the responses."""

import secrets
import time

from fastapi import FastAPI

WORKERS = 1  # how many processes serve
logged_in: dict[str, str] = {}


def render(number: int) -> int:
    """The library that makes the PDF: 100 ms of computing, in Python. Leave it as it is."""
    ends_s = time.thread_time() + 0.1
    while time.thread_time() < ends_s:
        sum(n * n for n in range(100))  # stands for fonts, lines and pages
    return 3


app = FastAPI()


@app.get("/invoice")
async def invoice(number: int = 7):
    pages = render(number)
    return {"number": number, "pages": pages}


@app.get("/login")
async def login(user: str = "ada"):
    token = secrets.token_hex(8)
    logged_in[token] = user
    return {"user": user, "token": token}
