"""A `def` route that computes for 5 ms: threads don't help, a worker has one interpreter lock."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def compute():
    ends_s = time.thread_time() + 0.005
    while time.thread_time() < ends_s:
        sum(n * n for n in range(100))
    return {}
