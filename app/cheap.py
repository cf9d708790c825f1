"""As little as an ASGI service can be: no framework, no routing, one answer. For the lab about the generator.

uvicorn app.cheap:app
"""

import os

from starlette.types import ASGIApp, Receive, Scope, Send

from app.metrics import CountAnswers

BODY = b'{"wait_ms":0}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


# --8<-- [start:cheap]
async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


# --8<-- [end:cheap]


async def live(receive: Receive, send: Send) -> None:
    """Start and stop: there is nothing to prepare, but uvicorn waits for the answers."""
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


app: ASGIApp = CountAnswers(answer) if "PROMETHEUS_MULTIPROC_DIR" in os.environ else answer
