"""What the environment decides: thread tokens, the database and its pool."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once at start, from the environment variables named like the fields (any case)."""

    thread_tokens: int = Field(default=40, ge=1, le=10_000, description="Slots for `def` endpoints, per worker.")
    database_url: str | None = Field(default=None, description="libpq URL; asked for when a pool is opened.")
    pool: Literal["none", "sync", "async"] = Field(default="none", description="Which pool the start-up opens.")
    pool_min_size: int = Field(default=4, ge=0, le=10_000, description="Connections opened at start, per worker.")
    pool_max_size: int = Field(default=4, ge=1, le=10_000, description="Connections one worker may hold.")
    pool_timeout_s: float = Field(default=30.0, gt=0, description="Longest wait for a connection, seconds.")
