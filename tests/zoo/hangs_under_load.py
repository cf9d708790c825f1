"""A call without a timeout, to something that stops responding once more than thirty ask at once: all tokens hang."""

import time

from fastapi import FastAPI

app = FastAPI()
inside: list[int] = []


@app.get("/")
def call():
    inside.append(1)
    time.sleep(60 if len(inside) > 30 else 0.1)
    inside.pop()
    return {}
