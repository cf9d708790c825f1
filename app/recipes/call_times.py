import time
from typing import Any


class CallTimes:
    """One call's seconds: until a connection was ready, and from then until the head of the response came.

    For an async client. A call that got no response has 0 as `upstream_s`, and one that got no
    connection has 0 as `until_sent_s` too: look at its exception.
    """

    def __init__(self) -> None:
        self.asked = self.sent = self.responded = time.monotonic()

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        """What httpx calls: `await client.get(url, extensions={"trace": times})`."""
        if event.endswith("send_request_headers.started"):
            self.sent = self.responded = time.monotonic()
        elif event.endswith("receive_response_headers.complete"):
            self.responded = time.monotonic()

    @property
    def until_sent_s(self) -> float:
        return self.sent - self.asked

    @property
    def upstream_s(self) -> float:
        return self.responded - self.sent
