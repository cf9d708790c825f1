"""A warehouse's labels and its stock: the label printer has a line of its own."""

import threading
import time

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
printer_places = threading.Semaphore(50)
label_places = CapacityLimiter(40)  # 90 per second × 0.4 s = 36, and at most 50


def print_label(parcel: int) -> str:
    """The label printer's own client, which blocks. It takes 50 calls at once, and no more. Leave it as it is."""
    if not printer_places.acquire(blocking=False):
        raise HTTPException(503, "the printer has no place for this label")
    try:
        time.sleep(0.4)
        return f"label-{parcel}.pdf"
    finally:
        printer_places.release()


def pieces_of(article: int) -> int:
    """The query of the stock, which blocks for a moment. Leave it as it is."""
    time.sleep(0.005)
    return 10 + article


app = FastAPI()


@app.get("/label")
async def label(parcel: int = 7):
    file = await to_thread.run_sync(print_label, parcel, limiter=label_places)
    return {"parcel": parcel, "file": file}


@app.get("/stock")
def stock(article: int = 7):
    return {"article": article, "pieces": pieces_of(article)}
