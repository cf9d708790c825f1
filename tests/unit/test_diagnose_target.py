"""What a reader may point at, and the one line that says what is wrong."""

import errno
import sys
from pathlib import Path

import pytest

from labs.diagnose import expect, run, service
from labs.diagnose.service import Environment
from labs.diagnose.target import parse
from labs.engine.errors import UsageError
from labs.engine.harness import inside_modules

APP = {"app": "shop.main:app"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "say which service, in one way"),
        (APP | {"url": "http://127.0.0.1:9000"}, "not --app and --url"),
        ({"app": "shop/main.py"}, "--app is module:attribute"),
        (APP | {"dir": "/nowhere"}, "--dir /nowhere is no folder"),
        (APP | {"python": "/nowhere/python"}, "is no interpreter"),
        (APP | {"pid": "12"}, "--pid belongs to --url"),
        (APP | {"workers": "0"}, "--workers '0'"),
        (APP | {"port": "80"}, "--port '80'"),
        (APP | {"loop": "trio"}, "--loop 'trio'"),
        (APP | {"env": ["A"]}, "--env is NAME=value"),
        (APP | {"env_file": "/nowhere"}, "--env-file /nowhere"),
        (APP | {"header": ["Accept"]}, "--header is 'Name: value'"),
        (APP | {"path": ["orders"]}, "--path is like"),
        (APP | {"path": ["/orders many"]}, "--path is like"),
        (APP | {"method": "FETCH"}, "--method is one of"),
        (APP | {"method": "post"}, "then say --yes"),
        (APP | {"body": "@/nowhere"}, "--body @/nowhere"),
        ({"command": "gunicorn shop:app"}, "{port}"),
        ({"command": "run '{port}"}, "check its quotes"),
        ({"command": "run {port}", "loop": "uvloop"}, "write it into --command"),
        ({"url": "127.0.0.1:9000"}, "--url is like"),
        ({"url": "http://shop.example"}, "--allow-host shop.example"),
        ({"url": "http://shop.example", "allow_host": "other.example"}, "isn't this machine"),
        ({"url": "http://localhost:1", "workers": "2"}, "--workers changes nothing"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(given: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(given)
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_a_host_that_is_named_twice_may_be_loaded() -> None:
    found = parse({"url": "http://shop.example:81/orders?user=1", "allow_host": "shop.example"})
    assert found.base_url == "http://shop.example:81" and found.paths == (("/orders?user=1", 1.0),)


def test_a_request_is_taken_as_it_was_typed(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text('{"n": 1}')
    (tmp_path / "env").write_text("# shop\nexport POOL=5\nURL='postgres://x?a=b'\n")
    found = parse(
        APP
        | {"method": "post", "yes": True, "body": f"@{tmp_path}/order.json", "header": ["Content-Type: a/b"]}
        | {"path": ["/orders 9", "/report?id=1"], "env_file": f"{tmp_path}/env", "env": ["POOL=6"]}
    )
    assert (found.method, found.body, found.headers) == ("POST", '{"n": 1}', (("Content-Type", "a/b"),))
    assert found.paths == (("/orders", 9.0), ("/report?id=1", 1.0))
    assert dict(found.env) == {"POOL": "6", "URL": "postgres://x?a=b"}


def test_uvicorn_is_started_with_the_loop_that_its_environment_has() -> None:
    target = parse(APP | {"workers": "2", "factory": True, "port": "9000"})
    with_uvloop = Environment((3, 12, 0), {"uvicorn": "0.30", "uvloop": "0.20"})
    without = Environment((3, 12, 0), {"uvicorn": "0.30"})
    argv = service.command(target, "python", with_uvloop)
    assert argv[argv.index("--loop") + 1] == "uvloop" and "--factory" in argv
    assert argv[argv.index("--workers") + 1] == "2" and argv[argv.index("--port") + 1] == "9000"
    assert "asyncio" in service.command(target, "python", without)
    with pytest.raises(UsageError, match="hasn't got it"):
        service.command(parse(APP | {"loop": "uvloop"}), "python", without)
    with pytest.raises(UsageError, match="has no uvicorn"):
        service.command(target, "python", Environment((3, 12, 0), {}))


def test_the_port_goes_into_the_command() -> None:
    target = parse({"command": "gunicorn shop:app --bind 127.0.0.1:{port}", "port": "9001"})
    assert service.command(target, sys.executable, Environment((3, 12, 0), {}))[-1] == "127.0.0.1:9001"


def test_every_adapter_is_hooked_and_the_one_that_changes_sizes_is_not() -> None:
    found = set(inside_modules.EVERY)
    assert {"anyio_limiters", "executors", "psycopg_pools", "sqlalchemy_pools", "httpx_pools", "semaphores"} <= found
    assert not {"set_sizes", "loops", "hooks", "writer", "resources", "makers", "busy_loops"} & found


@pytest.mark.parametrize(("rate", "p95"), [("300", ""), ("", "200ms"), ("many", "1s"), ("300", "0ms"), ("300", "soon")])
def test_headroom_needs_a_rate_and_a_time(rate: str, p95: str) -> None:
    with pytest.raises(UsageError, match="--rate"):
        run.parse_headroom(rate, p95)


def test_a_time_has_its_unit() -> None:
    assert run.parse_headroom("300", "200ms") == run.parse_headroom("300", "0.2s") == (300.0, 0.2)


def test_an_expectation_names_what_a_diagnosis_can_name() -> None:
    assert expect.parse("", "") is None
    found = expect.parse("limited by pool", "300")
    assert found is not None and (found.kind, found.at_least_per_s) == ("connection pool", 300.0)
    for expected, at_least in (("limited by magic", ""), ("limited by pool", "much")):
        with pytest.raises(UsageError):
            expect.parse(expected, at_least)


def test_a_full_disk_is_said_in_one_line_and_other_failures_are_not_hidden() -> None:
    with pytest.raises(UsageError, match="No space left"), run.written():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(ConnectionError), run.written():
        raise ConnectionResetError(errno.ECONNRESET, "reset")
