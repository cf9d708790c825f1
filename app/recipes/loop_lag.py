import asyncio
import logging
import time

BEAT_S = 0.1


async def watch_loop(alarm_s: float = 0.1) -> None:
    """Start it in the lifespan with asyncio.create_task; it warns when something has blocked the loop."""
    while True:
        asleep = time.monotonic()
        await asyncio.sleep(BEAT_S)
        lag_s = time.monotonic() - asleep - BEAT_S
        if lag_s > alarm_s:
            logging.getLogger("loop").warning("the event loop was blocked for %.0f ms", lag_s * 1000)
