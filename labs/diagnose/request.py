"""Sends each of the reader's requests once before any load, and says what is wrong with it."""

import http.client
import ssl
import time
from dataclasses import replace
from pathlib import Path

from labs.diagnose import reach, tls
from labs.diagnose.complaints import named_error
from labs.diagnose.service import Service
from labs.engine.errors import UsageError

MOST_OF_BODY = 200  # characters
FIXES = {
    401: "it wants to know who asks: --header 'Authorization: …'",
    403: "it refuses this request: --header 'Authorization: …', or another --path",
    404: "there is nothing at that path: check --path",
    405: "this path takes another method: --method",
    411: "it wants a body: --body",
    415: "it wants a content type: --header 'Content-Type: application/json'",
    422: "it wants other parameters or a body: check --path, --body and --header 'Content-Type: application/json'",
}


class NoResponse(Exception):
    """Something answered, and not in plain HTTP, or not at all."""


def check(service: Service) -> Service:
    """Send each request once; returns the service as it's to be asked, over TLS where our command started it so.

    Raises UsageError, naming the status and the fix, for a request that fails.
    """
    for path, _ in service.target.paths:
        service, status, location, body = _reached(service, path)
        asked = f"{service.target.method} {path} got status {status}"
        if 300 <= status < 400 and location:
            raise UsageError(f"{asked}, a redirect to {location}: name that path, redirects aren't followed")
        if status >= 500:
            time.sleep(0.3)  # it logs why after it has responded
            raise UsageError(f"{asked}: it fails without any load.{_why(body, service.log)}")
        if status >= 400:
            raise UsageError(f"{asked}: {FIXES.get(status, 'check --method, --path, --header and --body')}")
    return service


def _why(body: bytes, log: Path | None) -> str:
    """What it responds, and the error that it logged; neither its start nor a body that says no more than the status.

    A service that answers on purpose ("503, the database isn't there") says why in the body, and logs nothing.
    """
    said = first_words(body)
    found = f" It says: {said}" if said and said != "Internal Server Error" else ""
    if error := named_error(log):
        found += f" Its last words: {error}"
    return found + (f" Log: {log}" if log else "")


def first_words(body: bytes) -> str:
    """The beginning of a response's body, in one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in body.decode(errors="replace")).split())
    return line if len(line) <= MOST_OF_BODY else line[: MOST_OF_BODY - 1] + "…"


def _reached(service: Service, path: str) -> tuple[Service, int, str, bytes]:
    try:
        return service, *_ask(service, path)
    except NoResponse as error:
        again = _over_tls(service, f"{service.target.method} {path}: {error}")
    return _reached(again, path)


def _over_tls(service: Service, what: str) -> Service:
    """The same service asked over TLS. Raises UsageError where it doesn't speak that, or --url says otherwise."""
    target = service.target
    if target.base_url.startswith("https") or not reach.speaks_tls(target):
        raise UsageError(f"{what}. Is that port an HTTP server's? Check --url, or --command and its log")
    if not target.started:
        raise UsageError(f"{target.base_url} speaks TLS: --url https{target.base_url.removeprefix('http')}")
    return replace(service, target=target.model_copy(update={"tls": True}))


def _ask(service: Service, path: str) -> tuple[int, str, bytes]:
    """Status, `Location`, the beginning of the body. Raises NoResponse, and UsageError for what can't be asked."""
    target = service.target
    host, port = reach.address(target)
    connection = (
        http.client.HTTPSConnection(host, port, timeout=30, context=tls.context(target.base_url))
        if target.base_url.startswith("https")
        else http.client.HTTPConnection(host, port, timeout=30)
    )
    try:
        connection.request(target.method, path, target.body, dict(target.headers))
        response = connection.getresponse()
        body = response.read(MOST_OF_BODY * 4)  # as many bytes as a character has at most
        response.read()
        return response.status, response.headers.get("Location", ""), body
    except ConnectionRefusedError:
        service.check_alive()
        raise UsageError(f"nothing listens at {target.base_url}: start the service, or check --url") from None
    except TimeoutError:
        raise UsageError(
            f"{target.method} {path}: no response within 30 s, without any load: check --path, or profile that request"
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise UsageError(
            f"the certificate of {target.base_url} can't be checked ({error.verify_message}): name the file of who "
            "signed it, SSL_CERT_FILE=ca.pem invoke diagnose …"
        ) from None
    except ssl.SSLError as error:
        raise UsageError(
            f"no TLS at {target.base_url} ({error.reason}): if it speaks plain HTTP, say "
            f"--url http{target.base_url.removeprefix('https')}; a certificate of the client's own can't be sent"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        service.check_alive()
        raise NoResponse(f"no HTTP response ({type(error).__name__}: {error})") from None
    finally:
        connection.close()
