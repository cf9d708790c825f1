"""`invoke diagnose` on services with one known limit each, with the real k6 and uvicorn."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.diagnose import service
from labs.engine.errors import UsageError
from labs.engine.harness import inside_modules, postgres
from labs.engine.harness.processes import watched
from labs.engine.harness.server import inside_path
from tests.conftest import Invoked, Started, gone
from tests.diagnosed.attached import attached

PLAIN = ("--app", "tests.diagnosed.plain:app")


def limits(document: Any) -> list[str]:
    return [limit["kind"] for limit in document["finding"]["limits"]]


def diagnosed(invoke: Callable[..., Invoked], port: int, *arguments: str, status: int = 0) -> Any:
    for _ in range(3):  # other tests compute beside this one: what they made inconclusive is asked again
        ended = invoke("diagnose", "--json", "--port", str(port), *arguments)
        if ended.status in (status, 0):
            break
    assert ended.status == status, ended.err
    assert gone(ended.mark)
    assert "/report.html" in ended.err
    return ended.json


def test_thread_tokens_are_named_with_their_number(invoke: Callable[..., Invoked], port: int) -> None:
    document = diagnosed(invoke, port, *PLAIN, "--path", "/tokens?ms=100", "--rate", "100", "--p95", "200ms")
    assert limits(document) == ["thread tokens"] and document["finding"]["limits"][0]["size"] == 40
    assert document["throughput_per_s"] == pytest.approx(400, rel=0.2)  # beside other tests
    assert (document["change"]["before"], document["change"]["after"]) == (40, 80)
    assert document["headroom"]["keeps"] and document["lab"] == 2


def test_a_blocked_loop_is_named_with_how_long_it_is_blocked(invoke: Callable[..., Invoked], port: int) -> None:
    document = diagnosed(invoke, port, *PLAIN, "--path", "/blocked?ms=50", "--expect", "limited by loop")
    assert limits(document) == ["event loop"] and document["expected"]["outcome"] == "kept"
    assert 0.0475 <= document["finding"]["limits"][0]["held_s"] <= 0.07  # other tests use the machine as well


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "postgres.log", 40) as running:
        yield running.url


def test_a_pool_behind_the_tokens_is_named_and_not_the_tokens(
    invoke: Callable[..., Invoked], port: int, database: str
) -> None:
    settings = ("POOL=sync", "POOL_MIN_SIZE=3", "POOL_MAX_SIZE=3", f"DATABASE_URL={database}", "THREAD_TOKENS=6")
    given = [part for one in settings for part in ("--env", one)]
    document = diagnosed(invoke, port, "--app", "app.main:app", "--path", "/sync_select?wait_ms=50", *given)
    assert limits(document) == ["connection pool"] and document["finding"]["limits"][0]["size"] == 3


def test_a_change_that_a_restart_can_make_is_proven(invoke: Callable[..., Invoked], port: int) -> None:
    document = diagnosed(invoke, port, *PLAIN, "--path", "/executor?ms=50", "--prove", "--users", "16")
    assert limits(document) == ["thread pool executor"] and document["proof"]["read_back"] == 6
    assert document["proof"]["verdict"] == "as predicted", document["proof"]["says"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*PLAIN, "--path", "/orders"), "this path takes another method"),
        ((*PLAIN, "--path", "/orders", "--method", "POST", "--yes"), "it wants other parameters or a body"),
        ((*PLAIN, "--path", "/private"), "--header 'Authorization"),
        ((*PLAIN, "--path", "/moved"), "a redirect to /waits"),
        ((*PLAIN, "--path", "/broken"), "no such table: orders"),
        ((*PLAIN, "--path", "/nothing"), "there is nothing at that path"),
        (("--app", "tests.nowhere:app"), "There is no module tests.nowhere"),
        (("--app", "tests.diagnosed.plain:other"), "The module has no other"),
        (("--app", "tests.diagnosed.without_module:app"), "It imports shop_of_nobody"),
        (("--command", "nothing-like-this {port}"), "nothing-like-this can't be started"),
        (("--url", "http://127.0.0.1:9"), "nothing listens at http://127.0.0.1:9"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    invoke: Callable[..., Invoked], port: int, arguments: tuple[str, ...], says: str
) -> None:
    at = () if "--url" in arguments else ("--port", str(port))
    ended = invoke("diagnose", *at, *arguments, COLUMNS="200")
    assert ended.status == 2 and says in ended.err.replace("\n", " "), ended.err
    assert gone(ended.mark)


def test_a_dry_run_starts_nothing(invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke("diagnose", "--port", str(port), *PLAIN, "--dry-run")
    assert ended.status == 0 and "-m uvicorn tests.diagnosed.plain:app" in ended.out and "at most" in ended.out
    assert "kept in" not in ended.err


def test_the_environment_is_asked_what_it_has() -> None:
    found = service.examine(sys.executable)
    assert found.python == tuple(sys.version_info[:3]) and "uvicorn" in found.versions


def test_an_interpreter_that_does_not_run_is_named_with_its_last_words(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'libpython3.so: cannot open shared object file' >&2\nexit 127\n")
    python.chmod(0o755)
    with pytest.raises(UsageError, match=r"doesn't run \(libpython3.so: cannot open .*: name the interpreter"):
        service.examine(str(python))


def test_an_isolated_interpreter_has_no_metrics_and_says_why(invoke: Callable[..., Invoked], port: int) -> None:
    command = f"{sys.executable} -I -c 'import sys; sys.path.insert(0, {os.getcwd()!r}); import uvicorn; "
    command += 'uvicorn.run("tests.diagnosed.plain:app", port={port})\''
    document = diagnosed(
        invoke, port, "--command", command.replace(repr(os.getcwd()), f'"{os.getcwd()}"'),
        "--path", "/executor?ms=50", "--users", "16", status=20,
    )  # fmt: skip
    assert "started with -I" in document["evidence"]["no_metrics"]
    assert re.search(r"as if (3|2\.[7-9]\d?|3\.[0-3]\d?) places", document["sentence"]), document["sentence"]


SIZED = """
import asyncio, json
from concurrent.futures import ThreadPoolExecutor
import anyio, anyio.to_thread
from course_metrics import writer

three = ThreadPoolExecutor(3)
other = ThreadPoolExecutor(4)

async def main():
    own = anyio.CapacityLimiter(1)
    anyio.to_thread.current_default_thread_limiter()
    print(json.dumps([(one["kind"], one["size"]) for one in writer.seen()["resources"]]))

def make_other():
    return ThreadPoolExecutor(4)

one_more = make_other()
asyncio.run(main())
"""


def test_a_proof_changes_the_default_limiter_and_the_one_executor_that_was_named(tmp_path: Path) -> None:
    known = " ".join([*inside_modules.EVERY, service.SETTINGS])
    env = os.environ | service.Sizes(7, ("make_other in __main__", 9)).environment()
    env |= {"PYTHONPATH": inside_path(None), "COURSE_METRICS": str(tmp_path), "COURSE_METRICS_KNOWN": known}
    ended = subprocess.run([sys.executable, "-c", SIZED], env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    found = sorted(map(tuple, json.loads(ended.stdout)))
    assert found == [
        ("limiter", 1), ("thread pool executor", 3), ("thread pool executor", 4), ("thread pool executor", 9),
        ("thread tokens", 7),
    ]  # fmt: skip


def test_one_that_runs_already_is_measured_from_outside(invoke: Callable[..., Invoked], port: int) -> None:
    with attached(port) as running:
        url = ("--url", f"http://127.0.0.1:{port}/executor?ms=50", "--pid", str(running.pid))
        ended = invoke("diagnose", "--json", "--users", "16", *url)
    assert ended.status == 20, ended.err
    assert ended.json["finding"]["answer"] == "places of an unknown kind" and "as if " in ended.json["sentence"]
    assert ended.json["evidence"]["steps"][0]["worker_cores"] is not None


def test_a_service_that_dies_under_load_ends_the_diagnosis(invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke("diagnose", "--port", str(port), *PLAIN, "--path", "/dies", COLUMNS="200")
    assert ended.status == 2 and "the service ended during the load (exit 3)" in ended.err
    assert gone(ended.mark)


def test_a_service_that_fails_without_load_is_said_so(invoke: Callable[..., Invoked], port: int) -> None:
    ended = invoke("diagnose", "--port", str(port), *PLAIN, "--path", "/busy", COLUMNS="200")
    assert ended.status == 2 and "of one user's requests failed" in ended.err and "status 503" in ended.err


def test_a_signal_leaves_nothing_behind(start: Callable[..., Started], port: int) -> None:
    one = start("diagnose", "--port", str(port), *PLAIN, "--path", "/waits")
    one.wait_for("4 users")
    one.child("k6")
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(timeout=30) == 130
    assert gone(one.mark)
