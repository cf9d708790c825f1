"""`def` routes of one worker share AnyIO's 40 thread tokens."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def wait():
    time.sleep(0.25)
    return {}
