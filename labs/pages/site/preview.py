"""Serves a built site as its host would: under a sub-path, compressed, with its own 404 page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

PREFIX = "/course"
HOST = "127.0.0.1"


def application(site: Path) -> Starlette:
    """`StaticFiles` knows folders' index.html and the site's own 404.html."""
    files = Mount(PREFIX, StaticFiles(directory=site, html=True))
    return Starlette(routes=[files], middleware=[Middleware(GZipMiddleware, compresslevel=6)])


@contextmanager
def server(site: Path, port: int = 0) -> Iterator[str]:
    """The address of the site's home page while it is served on the loopback; port 0 takes a free one."""
    host = uvicorn.Server(uvicorn.Config(application(site), HOST, port, log_level="warning"))
    listening = host.config.bind_socket()
    thread = Thread(target=host.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{listening.getsockname()[1]}{PREFIX}/"
    finally:
        host.should_exit = True
        thread.join()
