"""The legacy route as a service of its own: the same app in a second process, on SIDECAR_PORT."""

import os
import socket

import uvicorn

from app.main import app


class Announcing(uvicorn.Server):
    """Says that it is ready once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("sidecar ready", flush=True)


if __name__ == "__main__":
    port = int(os.environ["SIDECAR_PORT"])
    Announcing(uvicorn.Config(app, port=port, loop="uvloop", http="httptools", access_log=False)).run()
