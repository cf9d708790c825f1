"""The capstone's service, a shop's page. It is yours: find what is wrong with it, and fix it here."""

from fastapi import APIRouter, HTTPException

from app import database
from app.database import QUERY, UserId
from app.shop import SHOWN, Milliseconds, price_cents, reviews

router = APIRouter(tags=["capstone"])


# --8<-- [start:page]
@router.get("/shop_page", responses=SHOWN)
async def shop_page(user_id: UserId = 1, ms: Milliseconds = 100):
    if database.async_pool is None:
        raise HTTPException(503, "no async pool is open: start the app with POOL=async")
    async with database.async_pool.connection() as connection, connection.cursor() as cursor:
        await cursor.execute(QUERY, {"user_id": user_id, "wait_s": ms / 1000})
        rows = await cursor.fetchall()
        said = await reviews(ms)
        cents = price_cents(ms)
    return {"rows": rows, "reviews": said, "price_cents": cents}


# --8<-- [end:page]
