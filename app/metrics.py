"""Counts the responses of each worker where others can read them, also while the loop is blocked.

prometheus-client keeps its numbers in memory-mapped files, one per process, in the folder that
PROMETHEUS_MULTIPROC_DIR names: a reader asks nothing of the worker.
"""

from prometheus_client import Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RESPONSES = Counter("http_responses", "Responses whose head this worker sent")


class CountResponses:
    """Pure ASGI middleware: one increment per response, no task, no body buffering."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                RESPONSES.inc()
            await send(message)

        await self.app(scope, receive, counting_send)
