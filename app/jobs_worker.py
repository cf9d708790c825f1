"""The process that does the jobs, one at a time: `python -m app.jobs_worker`."""

import asyncio

from app.jobs import queue


async def prepare() -> None:
    """Make the queue's tables where they are missing; forget what earlier runs left in them."""
    found = await queue.connector.execute_query_one_async("SELECT to_regclass('procrastinate_jobs') IS NULL AS missing")
    if found["missing"]:
        await queue.schema_manager.apply_schema_async()
    await queue.connector.execute_query_async("TRUNCATE procrastinate_jobs CASCADE")


async def work() -> None:
    async with queue.open_async():
        await prepare()
        print("sidecar ready", flush=True)
        # --8<-- [start:worker]
        await queue.run_worker_async(concurrency=1)
        # --8<-- [end:worker]


if __name__ == "__main__":
    asyncio.run(work())
