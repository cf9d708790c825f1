"""The waiting endpoints under a stack of middleware: `uvicorn app.layers:app`.

LAYERS says how many layers, LAYER_KIND which of the two kinds below they are.
"""

import os
from typing import Literal

from fastapi import FastAPI
from pydantic import Field
from pydantic_settings import BaseSettings
from starlette.datastructures import MutableHeaders
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.metrics import CountResponses
from app.waiting import router


class Settings(BaseSettings):
    """Read once at import, from the environment variables named like the fields (any case)."""

    layers: int = Field(default=0, ge=0, le=16, description="Layers of middleware around the routes.")
    layer_kind: Literal["base", "asgi"] = Field(default="base", description="BaseHTTPMiddleware, or pure ASGI.")


# --8<-- [start:base]
class BaseLayer(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["x-layer"] = "passed"
        return response


# --8<-- [end:base]


# --8<-- [start:asgi]
class AsgiLayer:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-layer"] = "passed"
            await send(message)

        await self.app(scope, receive, send_with_header)


# --8<-- [end:asgi]


def build(settings: Settings) -> FastAPI:
    """The waiting endpoints under as many layers as the settings ask for."""
    app = FastAPI(title="Layers")
    for _ in range(settings.layers):
        app.add_middleware(BaseLayer if settings.layer_kind == "base" else AsgiLayer)
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        app.add_middleware(CountResponses)
    app.include_router(router)
    return app


app = build(Settings())
