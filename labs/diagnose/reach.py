"""Whether anything listens at the service's address, and whether it speaks TLS: nothing is asked of the service."""

import errno
import socket
import ssl
from urllib.parse import urlsplit

from labs.diagnose.target import Target

CONNECTED_WITHIN_S, HANDSHAKE_WITHIN_S = 2.0, 5.0


def address(target: Target) -> tuple[str, int]:
    """Host and port that it listens on."""
    parts = urlsplit(target.base_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def listens(target: Target) -> bool:
    return _connected(target) == 0


def refuses(target: Target) -> bool:
    """Whether nobody listens there; a service that is too busy to accept still listens."""
    return _connected(target) == errno.ECONNREFUSED


def speaks_tls(target: Target) -> bool:
    """Whether that port completes a handshake; whose certificate it has doesn't matter here."""
    asked = ssl.create_default_context()
    asked.check_hostname = False
    asked.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection(address(target), HANDSHAKE_WITHIN_S) as plain, asked.wrap_socket(plain):
            return True
    except OSError:  # ssl.SSLError is one
        return False


def _connected(target: Target) -> int | None:
    """0, or the system's error; None for another one (a name that isn't known, no connection in time)."""
    try:
        socket.create_connection(address(target), CONNECTED_WITHIN_S).close()
    except OSError as error:
        return error.errno
    return 0
