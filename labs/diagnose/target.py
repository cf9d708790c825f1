"""What the reader points at: the service, the request that is sent to it, and how far we may go."""

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labs.engine.errors import UsageError

Loop = Literal["auto", "uvloop", "asyncio"]
LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE = ("GET", "HEAD", "OPTIONS")

HELP = {
    "app": "the service as uvicorn takes it, module:attribute, like shop.main:app",
    "lab": "the number of a lab, instead of --app: its first row's service, with its settings and its database",
    "dir": "the folder it is started in, and imported from",
    "python": "the interpreter of its environment, like ../shop/.venv/bin/python",
    "factory": "--app names a function that makes the app",
    "command": "how it is started instead of --app; {port} stands for the port",
    "url": "of a service that runs already, like http://127.0.0.1:9000 (then without server metrics)",
    "pid": "process id of that service: its CPU is then seen",
    "env": "NAME=value for the service; may be given several times",
    "env-file": "a file of such lines",
    "path": 'what is requested, like "/orders?user=1"; several with weights: --path "/orders 9" --path "/report 1"',
    "method": "GET unless you say otherwise; others than GET need --yes",
    "header": "'Name: value'; may be given several times",
    "body": "sent with every request; @file reads it from a file",
    "workers": "how many workers it is started with",
    "loop": "uvloop, asyncio, or auto: uvloop where its environment has it",
    "port": "where it is started",
    "users": "never more users at once than this",
    "yes": "I know that the requests change something",
    "allow-host": "a host that isn't this machine, named once more",
    "dry-run": "say what would be started and sent, and do neither",
    "prove": "restart it with the change that is advised, and judge what was predicted",
    "expect": "'limited by pool' for CI: status 0 kept, 10 broken, 20 inconclusive",
    "at-least": "with or without --expect: the throughput per second that it must reach",
    "rate": "requests per second, arriving at random: does it keep --p95?",
    "p95": "95% of the responses within this time, like 200ms",
    "json": "one JSON document on stdout, everything else on stderr",
}
"""Every option of `invoke diagnose`. What its exit status means: `run.exit_status`; 2 can't be run."""


class Target(BaseModel):
    """One of `app`, `command` and `url` is given. `paths` each with its weight; `pid` only with `url`.

    `tls`: what `command` starts was found to speak it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    app: Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")] | None = None
    dir: Path = Path(".")
    python: str = ""
    factory: bool = False
    command: tuple[str, ...] = ()
    url: str | None = None
    pid: Annotated[int, Field(ge=1)] | None = None
    env: tuple[tuple[str, str], ...] = ()
    paths: tuple[tuple[str, float], ...] = (("/", 1.0),)
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    workers: Annotated[int, Field(ge=1, le=128)] = 1
    loop: Loop = "auto"
    port: Annotated[int, Field(ge=1024, le=65_535)] = 8000
    users: Annotated[int, Field(ge=2, le=20_000)] = 2048
    tls: bool = False

    @property
    def started(self) -> bool:
        """Whether we start it ourselves."""
        return self.url is None

    @property
    def base_url(self) -> str:
        return self.url.rstrip("/") if self.url else f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"


def parse(given: Mapping[str, Any]) -> Target:
    """The target from what was typed: `given` has the options by their names, absent where not typed.

    Raises UsageError, one line that names what is wrong and the fix.
    """
    ways = [name for name in ("app", "command", "url") if given.get(name)]
    if len(ways) != 1:
        raise UsageError(
            "say which service, in one way: --app shop.main:app, or --command '… --port {port}', "
            f"or --url http://127.0.0.1:9000{', not ' + ' and '.join('--' + way for way in ways) if ways else ''}"
        )
    _check_way(given)
    url = _url(given["url"], given.get("allow_host") or "") if given.get("url") else None
    fields: dict[str, Any] = {
        name: given[name] for name in ("app", "factory", "pid", "workers", "loop", "port", "users") if given.get(name)
    }
    fields |= {
        "url": url,
        "dir": _folder(given.get("dir") or "."),
        "env": (*_env_file(given.get("env_file")), *map(_pair, given.get("env") or ())),
        "paths": _paths(given.get("path") or (), given.get("url")),
        "method": _method(given.get("method") or "GET", bool(given.get("yes"))),
        "headers": tuple(map(_header, given.get("header") or ())),
        "body": _body(given.get("body")),
    }
    if given.get("python"):
        fields["python"] = _interpreter(given["python"])
    if given.get("command"):
        fields["command"] = _command(given["command"])
    try:
        return Target.model_validate(fields)
    except ValidationError as error:
        raise UsageError(_says(error)) from None


def _check_way(given: Mapping[str, Any]) -> None:
    """An option that changes nothing is a misunderstanding."""
    if given.get("url"):
        idle = [name for name in ("python", "factory", "env", "env_file", "workers", "loop") if given.get(name)]
        if idle:
            raise UsageError(
                f"--{idle[0].replace('_', '-')} changes nothing at a service that runs already: "
                "leave it out, or let us start it with --app or --command"
            )
    elif given.get("pid"):
        raise UsageError("--pid belongs to --url: a service that we start has its process id from us")
    if given.get("command"):
        idle = [name for name in ("python", "factory", "loop") if given.get(name)]
        if idle:
            raise UsageError(f"--{idle[0]} belongs to --app: write it into --command instead")


def _says(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if name == "app":
        return f"--app is module:attribute, like shop.main:app, not {first['input']!r}"
    return f"--{name} {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _folder(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_dir():
        raise UsageError(f"--dir {text} is no folder: name the one that the service is started in")
    return path


def _interpreter(text: str) -> str:
    """As it was typed but absolute: resolved, a link in an environment would lead out of that environment."""
    found = shutil.which(text) if "/" not in text else str(Path(text).expanduser().absolute())
    if found is None or not Path(found).is_file():
        raise UsageError(f"--python {text} is no interpreter: name the one of its environment, like .venv/bin/python")
    return found


def _command(text: str) -> tuple[str, ...]:
    try:
        parts = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--command can't be split into words ({error}): check its quotes") from None
    if not any("{port}" in part for part in parts):
        raise UsageError("--command says {port} where the port goes, like: gunicorn shop:app --bind 127.0.0.1:{port}")
    return parts


def _url(text: str, allowed: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--url is like http://127.0.0.1:9000, not {text!r}")
    if not LOOPBACK.fullmatch(parts.hostname) and allowed != parts.hostname:
        raise UsageError(
            f"{parts.hostname} isn't this machine: a load test of a service that others use harms them. "
            f"If it is yours to load, name it once more: --allow-host {parts.hostname}"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"--env is NAME=value, not {text!r}")
    return name.strip(), value


def _env_file(text: str | None) -> list[tuple[str, str]]:
    """NAME=value lines; empty ones, comments, `export` and quotes as shells write them."""
    if not text:
        return []
    try:
        lines = Path(text).expanduser().read_text().splitlines()
    except OSError as error:
        raise UsageError(f"--env-file {text}: {error.strerror}") from None
    wanted = [line.strip().removeprefix("export ") for line in lines]
    pairs = [_pair(line) for line in wanted if line and not line.startswith("#")]
    return [(name, value.strip().strip("'\"")) for name, value in pairs]


def _paths(typed: Sequence[str], url: str | None) -> tuple[tuple[str, float], ...]:
    """Each with its weight; those that a URL brings along are taken where none is named."""
    if not typed and url:
        parts = urlsplit(url)
        typed = [(parts.path or "/") + (f"?{parts.query}" if parts.query else "")]
    found = []
    for text in typed or ["/"]:
        path, _, weight = text.strip().partition(" ")
        try:
            share = float(weight) if weight else 1.0
        except ValueError:
            share = 0.0
        if not path.startswith("/") or share <= 0:
            raise UsageError(f'--path is like "/orders?user=1", or with a weight "/orders 9", not {text!r}')
        found.append((path, share))
    return tuple(found)


def _method(text: str, agreed: bool) -> str:
    method = text.upper()
    if method not in METHODS:
        raise UsageError(f"--method is one of {', '.join(METHODS)}, not {text!r}")
    if method not in SAFE and not agreed:
        raise UsageError(
            f"{method} may change what the service keeps, and it will be sent thousands of times: "
            "point the service at data that may be lost, then say --yes"
        )
    return method


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UsageError(f"--header is 'Name: value', not {text!r}")
    return name.strip(), value.strip()


def _body(text: str | None) -> str | None:
    if not text or not text.startswith("@"):
        return text or None
    try:
        return Path(text[1:]).expanduser().read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--body {text}: {error}") from None
