import time
from collections import deque
from typing import Any

from sqlalchemy import Engine, event


class ConnectionTimes:
    """How long requests hold connections of an engine, the last thousand of them; `async_engine.sync_engine` too."""

    def __init__(self, engine: Engine) -> None:
        self.held_s: deque[float] = deque(maxlen=1000)
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "checkin", self._given_back)

    def _taken(self, connection: Any, record: Any, proxy: Any) -> None:
        record.info["taken_at_s"] = time.perf_counter()

    def _given_back(self, connection: Any, record: Any) -> None:
        if (taken_at_s := record.info.pop("taken_at_s", None)) is not None:
            self.held_s.append(time.perf_counter() - taken_at_s)

    def mean_s(self) -> float | None:
        return sum(self.held_s) / len(self.held_s) if self.held_s else None
