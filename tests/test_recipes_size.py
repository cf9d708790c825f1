"""What the page "Size your own service" gives to copy: the lifespan with a database, the k6 script with a service."""

import asyncio
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter

from app.recipes import sized
from labs.engine.harness import k6, postgres
from labs.engine.harness.processes import watched
from labs.engine.paths import ROOT
from labs.engine.theory.headroom import erlang_c
from labs.pages.regions import sizing

ALLOWED = 2 * sizing.WORKERS * sized.CONNECTIONS + sized.RESERVED


@pytest.fixture(autouse=True)
def payments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service doesn't start without their address."""
    monkeypatch.setenv("PAYMENTS_URL", "http://127.0.0.1:9")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with watched() as watchdog, postgres.running(watchdog, tmp_path / "postgres.log", ALLOWED) as running:
        yield running.url


def test_the_lifespan_makes_what_the_sums_ask_for(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)

    async def ask() -> tuple[float, int, dict[str, float]]:
        transport = httpx.ASGITransport(sized.app)
        async with sized.lifespan(sized.app), httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            assert (await client.get("/products")).json() == {"products": [[1]]}
            async with sized.app.state.pool.connection():
                await asyncio.sleep(0.2)
            told = (await client.get("/debug/pool")).json()
            return current_default_thread_limiter().total_tokens, sized.app.state.pool.max_size, told

    tokens, connections, told = asyncio.run(ask())
    assert (tokens, connections) == (sized.TOKENS, sized.CONNECTIONS)
    assert told["waiting"] == 0 and 60 <= told["held_ms"] <= 100  # 200 ms, by three that took one


def test_a_def_route_holds_no_connection_while_it_blocks(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    released = threading.Event()
    monkeypatch.setattr(sized, "time", SimpleNamespace(sleep=lambda _: released.wait(10)))

    async def ask() -> tuple[list[dict[str, int]], int, float]:
        transport = httpx.ASGITransport(sized.app)
        async with sized.lifespan(sized.app), httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            calls = [asyncio.create_task(client.get(f"/invoices/{number}")) for number in range(10)]
            for _ in range(500):  # until all are in the route: more requests than the pool has connections
                if current_default_thread_limiter().borrowed_tokens == len(calls):
                    break
                await asyncio.sleep(0.01)
            idle = sized.app.state.pool.get_stats()["pool_available"]
            taken = current_default_thread_limiter().borrowed_tokens
            released.set()
            return [(await call).json() for call in calls], idle, taken

    answers, idle, taken = asyncio.run(ask())
    assert answers == [{"invoice": number} for number in range(10)]
    assert (idle, taken) == (sized.CONNECTIONS, 10)


def test_more_workers_than_the_database_has_connections_for_are_refused_at_start_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(sized, "WORKERS", sizing.WORKERS + 1)

    async def start() -> None:
        async with sized.lifespan(sized.app):
            pass

    with pytest.raises(RuntimeError, match=f"the database allows {ALLOWED}"):
        asyncio.run(start())


def test_the_lifespan_and_the_pages_sums_agree() -> None:
    assert sizing.places(sizing.CONNECTION) == sized.CONNECTIONS
    assert sizing.places(sizing.CLIENT) == sized.PAYMENTS
    assert sizing.places(sizing.TOKEN) <= sized.TOKENS
    for one in (sizing.CONNECTION, sizing.TOKEN, sizing.CLIENT):
        offered = sizing.busiest(one)
        assert erlang_c(sizing.places(one), offered) <= sizing.RARE < erlang_c(sizing.places(one) - 1, offered)


class Answering(BaseHTTPRequestHandler):
    """Quick at /quick, 0.3 s at /slow, 2 s at /late, 500 at /broken; notes when each request came, and how."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[float, str, str, bytes]]] = []
    types: ClassVar[set[str | None]] = set()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((time.monotonic(), self.command, self.path, body))
        self.types.add(self.headers.get("Content-Type"))
        time.sleep({"/slow": 0.3, "/late": 2.0}.get(self.path, 0.0))
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service(port: int) -> Iterator[str]:
    Answering.seen, Answering.types = [], set()
    server = ThreadingHTTPServer(("127.0.0.1", port), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_order_asks_the_payment_service_in_its_turn(
    database: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("PAYMENTS_URL", service)

    async def ask() -> tuple[dict[str, bool], bool]:
        transport = httpx.ASGITransport(sized.app)
        async with sized.lifespan(sized.app), httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            paid = (await client.post("/orders")).json()
            for _ in range(sized.PAYMENTS):
                await sized.app.state.turns.acquire()
            waits = asyncio.create_task(client.post("/orders"))
            await asyncio.sleep(0.2)
            held_back = not waits.done()
            sized.app.state.turns.release()
            await waits
            return paid, held_back

    assert asyncio.run(ask()) == ({"paid": True}, True)
    assert [path for _, _, path, _ in Answering.seen] == ["/charge", "/charge"]


def test_only_an_order_of_which_nothing_was_sent_may_be_repeated(
    database: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("PAYMENTS_URL", service)

    failures = iter((httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ConnectError))

    async def fails(request: httpx.Request) -> httpx.Response:
        raise next(failures)("no response", request=request)

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(sized.app)
        async with sized.lifespan(sized.app), httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            for _ in range(sized.PAYMENTS):
                await sized.app.state.turns.acquire()
            no_turn = await client.post("/orders")
            sized.app.state.turns.release()
            async with httpx.AsyncClient(transport=httpx.MockTransport(fails), base_url="http://late") as payments:
                sized.app.state.payments = payments
                late, closed, refused = [await client.post("/orders") for _ in range(3)]
            assert not sized.app.state.turns.locked()  # the turn is given back
            return [no_turn, refused, late, closed]

    told = [(one.status_code, one.headers.get("Retry-After")) for one in asyncio.run(ask())]
    assert told == [(503, "1"), (503, "1"), (504, None), (504, None)]
    assert Answering.seen == []


def mixed(service: str, *routes: dict[str, object], **extra: str) -> int:
    argv = [k6.binary(), "run", "--no-usage-report", "--address", "", str(ROOT / "k6" / "mixed_routes.js")]
    env = os.environ | {"BASE_URL": service, "SECONDS": "4", "ROUTES": json.dumps(routes)} | extra
    return subprocess.run(argv, env=env, capture_output=True, timeout=60).returncode


def test_each_route_comes_at_its_own_rate_and_at_random(service: str) -> None:
    own = {"Authorization": "Bearer x"}
    post = {"path": "/orders", "rate": 10, "p95": 250, "method": "POST", "body": {"n": 1}, "headers": own}
    assert mixed(service, {"path": "/quick", "rate": 100, "p95": 250}, post) == 0
    quick = sorted(at_s for at_s, _, path, _ in Answering.seen if path == "/quick")
    orders = [(method, body) for _, method, path, body in Answering.seen if path == "/orders"]
    assert len(quick) == pytest.approx(400, abs=4) and len(orders) == pytest.approx(40, abs=2)
    assert set(orders) == {("POST", b'{"n":1}')} and Answering.types == {"application/json"}
    gaps = [after - before for before, after in pairwise(quick)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert spread / mean > 0.7  # 1 where arrivals are random, 0 where they come evenly; more on a busy machine


def test_requests_without_a_response_fail_the_run(service: str) -> None:
    late = {"path": "/late", "rate": 5, "p95": 60_000}
    assert mixed(service, late) == 0
    assert mixed(service, late, TIMEOUT="1s") == 99


def test_a_rare_route_that_fails_fails_the_run(service: str) -> None:
    many, broken = {"path": "/quick", "rate": 150, "p95": 1_000}, {"path": "/broken", "rate": 1, "p95": 1_000}
    assert mixed(service, many, broken) == 99


def test_a_route_that_misses_its_p95_fails_the_run(service: str) -> None:
    assert mixed(service, {"path": "/quick", "rate": 20, "p95": 250}, {"path": "/slow", "rate": 5, "p95": 200}) == 99
