"""Finds the ports a run needs before anything starts, and says who is in the way."""

import socket
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness.commands import HOST, Ports


def choose(variants: Sequence[Variant], port: int) -> Ports:
    """The port that was asked for, checked to be free, and a free one for the sidecar if any variant has one.

    Raises UsageError, naming the program in the way: a leftover server would respond in the place of ours.
    """
    check(port)
    return Ports(port, _free(port) if any(variant.sidecar for variant in variants) else None)


def is_free(port: int) -> bool:
    try:
        _bound(port).close()
    except (OSError, OverflowError):
        return False
    return True


def check(port: int) -> None:
    """Raise UsageError if something listens there."""
    try:
        with _bound(port):
            return
    except OSError as error:
        raise UsageError(
            f"port {port} is taken{_holder(port)} ({error.strerror}): stop that, or choose another with --port"
        ) from error


def wait_until_free(port: int) -> None:
    """A killed worker counts as ended before its last thread has closed the listening socket."""
    deadline = time.monotonic() + 10
    while not is_free(port) and time.monotonic() < deadline:
        time.sleep(0.02)


def _free(after: int) -> int:
    """The next port nobody listens on."""
    for port in range(after + 1, after + 100):
        if is_free(port):
            return port
    raise UsageError(f"ports {after + 1} to {after + 99} are all taken: choose another with --port")


def _bound(port: int) -> socket.socket:
    """A socket bound as uvicorn would bind it. Raises OSError."""
    probe = socket.socket()
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
    except BaseException:
        probe.close()
        raise
    return probe


def _holder(port: int) -> str:
    """ " by python (process 123)", or nothing where this user may not see it."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
