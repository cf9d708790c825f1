"""An upstream of known service time: waits `ms` and responds. `python -m app.upstream`, on SIDECAR_PORT."""

import asyncio
import os
import socket
from urllib.parse import parse_qs

import uvicorn
from starlette.types import Receive, Scope, Send

BODY = b'{"upstream":"done"}'
HEADERS = [(b"content-length", str(len(BODY)).encode()), (b"content-type", b"application/json")]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Any path. However many requests wait at once, none of them keeps another one waiting."""
    asked = parse_qs(scope["query_string"].decode())
    await asyncio.sleep(int(asked["ms"][0]) / 1000)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


class Announcing(uvicorn.Server):
    """Says that it is ready once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("sidecar ready", flush=True)


if __name__ == "__main__":
    port = int(os.environ["SIDECAR_PORT"])
    config = uvicorn.Config(app, port=port, loop="uvloop", http="httptools", lifespan="off", access_log=False)
    Announcing(config).run()
