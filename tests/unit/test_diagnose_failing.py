"""A service that fails without any load: what it says of that is shown, and not how it started."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from labs.diagnose import request
from labs.diagnose.service import Service
from labs.diagnose.target import Target
from labs.engine.errors import UsageError

STARTED = "INFO:     Application startup complete.\nINFO:     Uvicorn running on http://127.0.0.1:9000\n"


@contextmanager
def failing(status: int, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[int, bytes, str], str]:
    def says(status: int, body: bytes, logged: str) -> str:
        log = tmp_path / "service.log"
        log.write_text(logged)
        with failing(status, body) as url, pytest.raises(UsageError) as error:
            request.check(Service(Target(url=url), (), None, None, log, None, None, None))
        return str(error.value)

    return says


def test_a_status_of_its_own_comes_with_the_beginning_of_what_it_responds(
    refused: Callable[[int, bytes, str], str],
) -> None:
    said = refused(503, b'{"detail":"no async pool is open:\n start the app with POOL=async"}', STARTED)
    assert 'status 503: it fails without any load. It says: {"detail":"no async pool is open: start' in said
    assert "Uvicorn running" not in said and "service.log" in said


def test_an_exception_is_named_and_a_body_that_says_no_more_than_the_status_is_not(
    refused: Callable[[int, bytes, str], str],
) -> None:
    said = refused(500, b"Internal Server Error", f"{STARTED}Traceback\nValueError: no such user\nINFO:     after\n")
    assert "Its last words: ValueError: no such user" in said and "It says" not in said


def test_what_it_responds_is_one_line_of_at_most_two_hundred_characters() -> None:
    assert request.first_words("é\x1b[31m\t\r\n".encode() * 3) == "é [31m é [31m é [31m"
    long = request.first_words(b"a" * 300)
    assert len(long) == 200 and long.endswith("a…")
    assert request.first_words(b"\xff\xfe") == "��" and request.first_words(b"") == ""
