"""The connection pools of httpx's clients, sync and async (tested with httpx 0.28 on httpcore 1.0).

A client has one pool, one more for each proxy or mount. Over HTTP/2 requests share a connection. Nothing is
locked to read: both lists change only as a whole, entry by entry, under the interpreter's lock.
"""

import sys
from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import(
        "httpcore._async.connection_pool", lambda module: hooks.after_init(module.AsyncConnectionPool, _note)
    )
    hooks.after_import("httpcore._sync.connection_pool", lambda module: hooks.after_init(module.ConnectionPool, _note))


def _note(pool: Any) -> None:
    resources.note(pool, "http client pool", _read, resources.maker("httpcore", "httpx"))


def _read(pool: Any) -> resources.Told:
    size = None if pool._max_connections == sys.maxsize else pool._max_connections
    busy = sum(not (one.is_idle() or one.is_closed()) for one in list(pool._connections))
    requests = list(pool._requests)
    waiting = sum(one.is_queued() for one in requests)
    if not pool._http2:  # a connection that comes free is offered to every request in line, and takes one
        waiting = len(requests) - len({id(one.connection) for one in requests if one.connection is not None})
    return size, busy, waiting
