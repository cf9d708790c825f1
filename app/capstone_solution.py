"""The capstone solved: the connection is given back before the suppliers are asked, and nothing blocks the loop."""

from anyio import to_thread
from fastapi import APIRouter, HTTPException

from app import database
from app.database import QUERY, UserId
from app.shop import SHOWN, Milliseconds, price_cents, reviews

router = APIRouter(tags=["capstone"])


# --8<-- [start:page]
@router.get("/shop_page_solved", responses=SHOWN)
async def shop_page_solved(user_id: UserId = 1, ms: Milliseconds = 100):
    if database.async_pool is None:
        raise HTTPException(503, "no async pool is open: start the app with POOL=async")
    async with database.async_pool.connection() as connection, connection.cursor() as cursor:
        await cursor.execute(QUERY, {"user_id": user_id, "wait_s": ms / 1000})
        rows = await cursor.fetchall()
    said = await reviews(ms)
    cents = await to_thread.run_sync(price_cents, ms)
    return {"rows": rows, "reviews": said, "price_cents": cents}


# --8<-- [end:page]
