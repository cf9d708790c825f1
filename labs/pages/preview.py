"""Serves a built site as its host would: under a sub-path, compressed, with its own 404 page."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

PREFIX = "/course"
COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".xml", ".txt")


class Handler(SimpleHTTPRequestHandler):
    """GET below PREFIX only; what is text goes out compressed, and connections stay open."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments, site: Path, **named) -> None:  # type: ignore[no-untyped-def]
        self.site = site
        super().__init__(*arguments, **named)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        file = self.site / path.removeprefix(f"{PREFIX}/")
        if path.startswith(f"{PREFIX}/") and file.is_dir():
            file = file / "index.html"
        inside = path.startswith(f"{PREFIX}/") and file.resolve().is_relative_to(self.site.resolve())
        found = inside and file.is_file()
        file = file if found else self.site / "404.html"
        body = file.read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if file.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests and the budgets print their own."""


@contextmanager
def server(site: Path, port: int = 0) -> Iterator[str]:
    """The address of the site's home page while it is served on the loopback; port 0 takes a free one."""
    host = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, site=site))
    thread = Thread(target=host.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{host.server_port}{PREFIX}/"
    finally:
        host.shutdown()
        host.server_close()
        thread.join()
