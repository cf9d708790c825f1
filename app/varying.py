"""A `def` endpoint whose calls don't all take equally long: `ms` is only their mean.

The times are exponentially distributed, as those of many real calls roughly are: most are short, a few are
several times the mean. A worker draws the same times in the same order whenever it starts, so two runs differ
in when their requests come and in nothing else.
"""

import random
import time

from fastapi import APIRouter
from pydantic import Field
from pydantic_settings import BaseSettings

from app.waiting import WAITED, Milliseconds


class Varying(BaseSettings):
    """Read once at import, from the environment variable VARYING_SEED."""

    varying_seed: int = Field(default=20, description="What the worker's times are drawn with.")


DRAWN = random.Random(Varying().varying_seed)
router = APIRouter(tags=["varying"])


# --8<-- [start:varying]
@router.get("/varying", responses=WAITED)
def varying(ms: Milliseconds = 25):
    time.sleep(DRAWN.expovariate(1.0) * ms / 1000)
    return {"wait_ms": ms}


# --8<-- [end:varying]
