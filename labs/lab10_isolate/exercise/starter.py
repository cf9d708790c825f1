"""A warehouse's labels and its stock. Repair it. Change what you like, except the client and the query."""

import threading
import time

from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
printer_places = threading.Semaphore(50)


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
def label(parcel: int = 7):
    return {"parcel": parcel, "file": print_label(parcel)}


@app.get("/stock")
def stock(article: int = 7):
    return {"article": article, "pieces": pieces_of(article)}
