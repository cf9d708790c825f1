"""A warehouse's stock, exported as one JSON list. Repair it. Change what you like, except the response."""

from typing import Any

from fastapi import FastAPI, HTTPException

WORKERS = 1  # how many processes serve
ARTICLES = 40_000


def article(number: int) -> dict[str, Any]:
    places = [{"aisle": aisle, "shelf": number % 50, "pieces": number % 7} for aisle in range(4)]
    return {"number": number, "name": f"article {number}", "cents": 10 * number, "places": places}


stock = [article(number) for number in range(ARTICLES)]  # every sale changes it

app = FastAPI()


@app.post("/sales")
async def sale(number: int, aisle: int):
    if not (0 <= number < ARTICLES and 0 <= aisle < 4):
        raise HTTPException(404, "no such article, or no such aisle")
    stock[number]["places"][aisle]["pieces"] -= 1
    return stock[number]


@app.get("/export")
def export():
    return stock


@app.get("/health")
async def health():
    return {"status": "ok"}
