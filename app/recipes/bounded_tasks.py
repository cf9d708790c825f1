from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from fastapi import BackgroundTasks, HTTPException


class TaskLine:
    """Background work in threads of its own, and no longer a line than it can drain."""

    def __init__(self, threads: int, most: int) -> None:
        self.limiter, self.most, self.pending = CapacityLimiter(threads), most, 0

    def add(self, tasks: BackgroundTasks, work: Callable[[], object]) -> None:
        """Call it last in an `async def` route: a task whose response fails never runs."""
        if self.pending >= self.most:
            raise HTTPException(503, "busy", headers={"Retry-After": "1"})
        self.pending += 1
        tasks.add_task(self._run, work)

    async def _run(self, work: Callable[[], object]) -> None:
        try:
            await to_thread.run_sync(work, limiter=self.limiter)
        finally:
            self.pending -= 1
