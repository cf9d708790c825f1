import asyncio
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from fastapi import HTTPException


class TaskLine:
    """Background work in threads of its own, and a line that never gets longer than you allow."""

    def __init__(self, threads: int, most: int) -> None:
        self.limiter, self.most = CapacityLimiter(threads), most
        self.tasks: set[asyncio.Task[object]] = set()  # asyncio itself keeps no hold on a task

    def add(self, work: Callable[[], object]) -> None:
        """Begins the work beside the response. What is still going on when the service stops is lost without `ended`.

        Call it in an `async def` route. In a `def` one it's `anyio.from_thread.run_sync(line.add, work)`.
        """
        if len(self.tasks) >= self.most:
            raise HTTPException(503, "busy", headers={"Retry-After": "1"})
        task = asyncio.create_task(to_thread.run_sync(work, limiter=self.limiter))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ended(self) -> None:
        """Waits for all that was added, what's in line too: call it in the lifespan, after its `yield`."""
        if self.tasks:
            await asyncio.wait(self.tasks)  # work that fails is still logged, by asyncio
