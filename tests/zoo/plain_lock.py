"""A lock of `threading` around everything that a `def` route does: its waiters hold thread tokens."""

import threading
import time

from fastapi import FastAPI

app = FastAPI()
lock = threading.Lock()


@app.get("/")
def wait():
    with lock:
        time.sleep(0.04)
    return {}
