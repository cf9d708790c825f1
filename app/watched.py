"""The same service with its panel: `uvicorn app.watched:app`."""

from app.main import app
from app.panel import Seen, Traffic, router

__all__ = ["app"]

seen = Seen()
app.add_middleware(Traffic, seen=seen)
app.include_router(router(seen))
