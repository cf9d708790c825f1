"""Sends each of the reader's requests once before any load, and says what is wrong with it."""

import http.client
import time
from urllib.parse import urlsplit

from labs.diagnose.complaints import last_error
from labs.diagnose.service import Service
from labs.engine.errors import UsageError

FIXES = {
    401: "it wants to know who asks: --header 'Authorization: …'",
    403: "it refuses this request: --header 'Authorization: …', or another --path",
    404: "there is nothing at that path: check --path",
    405: "this path takes another method: --method",
    411: "it wants a body: --body",
    415: "it wants a content type: --header 'Content-Type: application/json'",
    422: "it wants other parameters or a body: check --path, --body and --header 'Content-Type: application/json'",
}


def check(service: Service) -> None:
    """Send each request once. Raises UsageError, naming the status and the fix, for one that fails."""
    for path, _ in service.target.paths:
        status, location = _ask(service, path)
        asked = f"{service.target.method} {path} got status {status}"
        if 300 <= status < 400 and location:
            raise UsageError(f"{asked}, a redirect to {location}: name that path, redirects aren't followed")
        if status >= 500:
            time.sleep(0.3)  # it logs why after it has responded
            where = f" Its last words: {last_error(service.log)} Log: {service.log}" if service.log else ""
            raise UsageError(f"{asked}: it fails without any load.{where}")
        if status >= 400:
            raise UsageError(f"{asked}: {FIXES.get(status, 'check --method, --path, --header and --body')}")


def _ask(service: Service, path: str) -> tuple[int, str]:
    target = service.target
    parts = urlsplit(target.base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(target.method, path, target.body, dict(target.headers))
        response = connection.getresponse()
        response.read()
        return response.status, response.headers.get("Location", "")
    except ConnectionRefusedError:
        raise UsageError(f"nothing listens at {target.base_url}: start the service, or check --url") from None
    except TimeoutError:
        raise UsageError(f"{target.method} {path}: no response within 30 s, without any load") from None
    except (OSError, http.client.HTTPException) as error:
        raise UsageError(f"{target.method} {path}: no HTTP response ({type(error).__name__}: {error})") from None
    finally:
        connection.close()
