"""A warehouse, and the shop's customers: `python -m app.warehouse`, on SIDECAR_PORT, beside the shop on SERVICE_PORT.

    GET /order           a customer: numbers an order, hands it to the shop, waits for the warehouse to have it
    POST /batches        the shop: ["1", "2", …], any number of orders, which takes BATCH_MS. They count once that has
                         its response, so a caller that leaves before has delivered nothing

A customer gets 503 where the shop doesn't take the order, and 504 where it took it and PATIENCE_S later the
warehouse still doesn't have it.
"""

import asyncio
import json
import os
from itertools import count

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from app.upstream import BODY as DONE
from app.upstream import HEADERS as DONE_HEADERS
from app.upstream import Announcing

HOST = "127.0.0.1"
PATIENCE_S = 6.0
BATCH_S = float(os.environ.get("BATCH_MS", "500")) / 1000
numbers = count(1)
due: dict[str, asyncio.Event] = {}
# no connection is kept: a shop that stops would close it
shop = httpx.AsyncClient(limits=httpx.Limits(max_connections=None, max_keepalive_connections=0))


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    status = await (batch(receive) if scope["method"] == "POST" else customer(scope["path"]))
    await send({"type": "http.response.start", "status": status, "headers": DONE_HEADERS})
    await send({"type": "http.response.body", "body": DONE})


async def customer(path: str) -> int:
    """One order, from the customer's side; the status that it ends with."""
    number = str(next(numbers))
    due[number] = asyncio.Event()
    try:
        taken = await shop.get(f"http://{HOST}:{os.environ['SERVICE_PORT']}{path}", params={"number": number})
        if taken.is_success:
            await asyncio.wait_for(due[number].wait(), PATIENCE_S)
        return 200 if taken.is_success else taken.status_code
    except httpx.TransportError:
        return 503
    except TimeoutError:
        return 504
    finally:
        del due[number]


async def batch(receive: Receive) -> int:
    """The orders of one batch, unless the caller leaves before they're counted."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    left = asyncio.ensure_future(receive())  # what comes now is that the caller has left
    done, _ = await asyncio.wait({left}, timeout=BATCH_S)
    left.cancel()
    if not done:
        for number in json.loads(body):
            if number in due:
                due[number].set()
    return 200


if __name__ == "__main__":
    port = int(os.environ["SIDECAR_PORT"])
    config = uvicorn.Config(app, port=port, loop="uvloop", http="httptools", lifespan="off", access_log=False)
    Announcing(config).run()
