"""The same app and the task queue's route: a module of its own, since only this needs the database."""

from app.jobs import router
from app.main import app

app.include_router(router)
