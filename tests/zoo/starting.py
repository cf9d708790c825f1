"""Starts a service of the zoo with what it needs beside it, for tests that load it themselves."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.harness import ports
from labs.engine.harness.inside_modules import EVERY
from labs.engine.harness.processes import Watchdog, child
from labs.engine.harness.server import inside_path, wait_until_listening
from tests.test_inside import environment
from tests.zoo.services import Service

ZOO = Path(__file__).parent


@dataclass(frozen=True)
class Running:
    """A service that listens, and the folder that its processes write what they see to."""

    url: str
    seen: Path

    def readings(self) -> list[dict[str, Any]]:
        """Of each process that serves requests, its newest."""
        found = [json.loads(path.read_text()) for path in self.seen.glob("*.json")]
        return [one for one in found if any(of["kind"] == "requests" for of in one["resources"])]


def settings(service: Service, database_url: str | None, upstream_url: str) -> dict[str, str]:
    """The environment variables that the service reads."""
    found = {"DATABASE_URL": database_url or ""} if service.needs_database else {}
    return found | ({"UPSTREAM_URL": upstream_url} if service.upstream_slots is not None else {})


@contextmanager
def upstream(watchdog: Watchdog, service: Service, port: int, folder: Path) -> Iterator[str]:
    """The service that it calls, if it calls one; its address."""
    url = f"http://127.0.0.1:{port}"
    if service.upstream_slots is None:
        yield url
        return
    env = environment(folder, COURSE_METRICS_KNOWN="", UPSTREAM_SLOTS=str(service.upstream_slots))
    with _uvicorn(watchdog, ["upstream:app"], port, folder / "upstream.log", env):
        yield url


@contextmanager
def running(
    watchdog: Watchdog, service: Service, port: int, folder: Path, database_url: str | None = None
) -> Iterator[Running]:
    """The service on that port, its upstream on the next one."""
    seen = folder / "seen"
    seen.mkdir()
    (folder / "of upstream").mkdir()
    with upstream(watchdog, service, port + 1, folder / "of upstream") as upstream_url:
        more = settings(service, database_url, upstream_url)
        env = environment(seen, COURSE_METRICS_KNOWN=" ".join(EVERY), PYTHONPATH=inside_path(str(ZOO)), **more)
        argv = [f"{service.app}:app", "--workers", str(service.workers), "--loop", service.loop]
        with _uvicorn(watchdog, argv, port, folder / "log", env):
            yield Running(f"http://127.0.0.1:{port}/", seen)


@contextmanager
def _uvicorn(watchdog: Watchdog, argv: list[str], port: int, log: Path, env: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "uvicorn", *argv, "--port", str(port), "--no-access-log"]
    with log.open("wb") as output, child(watchdog, command, output, env, ZOO) as process:
        wait_until_listening(process, log, port)
        yield
    ports.wait_until_free(port)
