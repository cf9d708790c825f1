"""A way to the service that takes time: `python -m app.relay` passes bytes and closes on, each after RELAY_DELAY_MS.

On bare loopback a close is known to the other side within microseconds; between machines it takes half a round trip.
"""

import asyncio
import os
from collections import deque
from contextlib import suppress

import uvloop

HOST = "127.0.0.1"
DELAY_S = float(os.environ.get("RELAY_DELAY_MS", "20")) / 1000


async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Everything that `source` brings, its end included, reaches `target` in the same order, DELAY_S later."""
    under_way: deque[bytes] = deque()

    def arrive() -> None:
        piece = under_way.popleft()  # the oldest, so that nothing overtakes
        if target.is_closing():
            return
        if piece:
            target.write(piece)
        else:
            target.close()

    piece = b"-"
    while piece:
        try:
            piece = await source.read(65536)
        except ConnectionError:
            piece = b""
        under_way.append(piece)
        asyncio.get_running_loop().call_later(DELAY_S, arrive)


async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A connection to the service for each one to the relay."""
    service_reader, service_writer = await asyncio.open_connection(HOST, int(os.environ["SERVICE_PORT"]))
    await asyncio.gather(pass_on(reader, service_writer), pass_on(service_reader, writer))


async def main() -> None:
    server = await asyncio.start_server(connected, HOST, int(os.environ["SIDECAR_PORT"]), backlog=2048)
    print("sidecar ready", flush=True)
    async with server:
        with suppress(asyncio.CancelledError):
            await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
