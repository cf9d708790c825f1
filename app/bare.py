"""The floor beneath FastAPI: an ASGI app that responds to every path with the same JSON, `uvicorn app.bare:app`."""

import os

from starlette.types import ASGIApp, Receive, Scope, Send

from app.metrics import CountResponses

BODY = b'{"wait_ms":0}'
HEADERS = [(b"content-length", str(len(BODY)).encode()), (b"content-type", b"application/json")]


async def lifespan(receive: Receive, send: Send) -> None:
    """Says that it has started and stopped: uvicorn waits for either."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


# --8<-- [start:bare]
async def respond(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})


# --8<-- [end:bare]

app: ASGIApp = CountResponses(respond) if "PROMETHEUS_MULTIPROC_DIR" in os.environ else respond
