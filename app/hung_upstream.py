"""The service that is asked, on SIDECAR_PORT: it never answers every HANGS_EVERY-th call (0: it answers all).

A call that hangs is accepted and read like any other. Then nothing comes, and the connection stays open until
the caller closes it: no error for a caller to see, only silence.
"""

import asyncio
import os
import re

BODY = b'{"price": 10}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
ASKED_MS = re.compile(rb"[?&]ms=(\d+)")


class Upstream:
    """Counts the calls over all connections."""

    def __init__(self, hangs_every: int) -> None:
        self.hangs_every = hangs_every
        self.calls = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, call after call."""
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                self.calls += 1
                if self.hangs_every and self.calls % self.hangs_every == 0:
                    await reader.read()  # returns when the caller closes the connection
                    return
                await asyncio.sleep(wait_s(asked))
                writer.write(HEAD + BODY)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the caller has closed it
        finally:
            writer.close()


def wait_s(asked: bytes) -> float:
    """How long the call is to take, seconds: its `ms`."""
    found = ASKED_MS.search(asked)
    return int(found[1]) / 1000 if found else 0.0


async def main() -> None:
    upstream = Upstream(int(os.environ.get("HANGS_EVERY", "0")))
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", int(os.environ["SIDECAR_PORT"]), backlog=2048)
    print("sidecar ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
