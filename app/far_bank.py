"""A bank that is far away, for a caller to book orders at: `python -m app.far_bank`, on SIDECAR_PORT.

    POST /bookings       {"order": "a1", …}: books the order; with an Idempotency-Key that is known already, it doesn't
    GET /bookings/a1     {"times": 1}: how many times that order was booked

A connection that was idle for KEEPS_S is closed. Each message takes RELAY_DELAY_MS, and a new connection two round
trips more, as TCP and TLS do. Each BREAKS_EVERY-th booking is made, and its connection closed without a response.
"""

import asyncio
import json
import os
import re
from collections import Counter
from contextlib import suppress

from app.relay import DELAY_S, HOST, pass_on

KEEPS_S = 1.0
ROUND_TRIP_S = 2 * DELAY_S
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
KEY = re.compile(rb"\r\nidempotency-key: *([^\r]+)", re.IGNORECASE)


class Bank:
    """Its books are kept over all connections."""

    def __init__(self, breaks_every: int) -> None:
        self.breaks_every = breaks_every
        self.times: Counter[str] = Counter()
        self.keys: set[bytes] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, call after call, until nothing came for KEEPS_S."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            while True:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), KEEPS_S)
                length = LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                told = self.respond(head, body)
                if told is None:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(told), told))
        writer.close()

    def respond(self, head: bytes, body: bytes) -> bytes | None:
        """The response to one call; None where there is none, although the booking was made."""
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            return json.dumps({"times": self.times[path.decode().rpartition("/")[2]]}).encode()
        key = KEY.search(head)
        if key and key[1] in self.keys:
            return b'{"booked": true}'
        if key:
            self.keys.add(key[1])
        self.times[str(json.loads(body)["order"])] += 1
        broken = self.breaks_every and self.times.total() % self.breaks_every == 0
        return None if broken else b'{"booked": true}'


async def main() -> None:
    bank = Bank(int(os.environ.get("BREAKS_EVERY", "0")))
    near = await asyncio.start_server(bank.serve, HOST, 0)
    port = near.sockets[0].getsockname()[1]

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * ROUND_TRIP_S)
        bank_reader, bank_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(pass_on(reader, bank_writer), pass_on(bank_reader, writer))

    far = await asyncio.start_server(connected, HOST, int(os.environ["SIDECAR_PORT"]), backlog=2048)
    print("sidecar ready", flush=True)
    await far.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
