import time

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

app = FastAPI()
legacy_places = CapacityLimiter(10)  # per worker; no other route uses them


def legacy_call(seconds: float) -> str:
    time.sleep(seconds)  # stands for the library that blocks
    return "done"


@app.get("/legacy")
async def legacy(seconds: float = 0.25) -> dict[str, str]:
    return {"legacy": await to_thread.run_sync(legacy_call, seconds, limiter=legacy_places)}
