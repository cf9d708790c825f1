"""aiohttp's connectors, the pools of its client sessions (tested with 3.14)."""

from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import("aiohttp.connector", lambda module: hooks.after_init(module.BaseConnector, _note))


def _note(connector: Any) -> None:
    resources.note(connector, "http client pool", _read, resources.maker("aiohttp"))


def _read(connector: Any) -> resources.Told:
    """Of all connections; of those to the busiest host where a limit per host is what's reached. 0 is no limit."""
    total, per_host = connector._limit, connector._limit_per_host
    in_use = len(connector._acquired)
    waiting = sum(map(len, list(connector._waiters.values())))
    if per_host and not (total and in_use >= total):
        busiest = max(map(len, list(connector._acquired_per_host.values())), default=0)
        return per_host, busiest, waiting
    return total or None, in_use, waiting
