"""Lab 23: hung calls exhaust tokens as counted, a timeout leaves the computed rate, its recipe ends both silences."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from app.hung_upstream import Upstream
from app.recipes import call_with_deadline
from labs.lab23_hung_dependency.lab import EVERY, FOREVER_S, TOKENS, mean_s, until_exhausted
from labs.lab23_hung_dependency.tables import played

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_without_a_timeout_a_worker_gives_as_many_responses_as_counted() -> None:
    calls = list(played(FOREVER_S, until_s=60))
    assert sum(call.hangs for call in calls) == TOKENS
    assert sum(not call.hangs for call in calls) == until_exhausted(TOKENS) == 160


@pytest.mark.parametrize("timeout_s", [0.5, 2.0, 5.0])
def test_with_a_timeout_the_computed_rate_is_left(timeout_s: float) -> None:
    ended = [call.end_s for call in played(timeout_s, until_s=1000) if call.end_s > 100]
    per_s = sum(end_s < 1000 for end_s in ended) / 900
    assert per_s == pytest.approx(TOKENS / mean_s(timeout_s), rel=0.01)


async def served(serve: Serve) -> tuple[asyncio.Server, str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_the_upstream_never_answers_every_fifth_call() -> None:
    async def ask() -> list[bool]:
        server, url = await served(Upstream(EVERY).serve)
        async with server, httpx.AsyncClient(base_url=url, timeout=0.2) as client:
            answered = []
            for _ in range(2 * EVERY):
                try:
                    answered.append((await client.get("/", params={"ms": 1})).json() == {"price": 10})
                except httpx.ReadTimeout:
                    answered.append(False)
            return answered

    assert asyncio.run(ask()) == [True, True, True, True, False] * 2


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte ten times per second: never silent, never done."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    try:
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)
    except ConnectionError:
        writer.close()


@pytest.mark.parametrize(("serve", "waits_s"), [(silent, 0.5), (dripping, call_with_deadline.DEADLINE_S)])
def test_the_recipe_responds_in_time_whatever_the_upstream_does(
    monkeypatch: pytest.MonkeyPatch, serve: Serve, waits_s: float
) -> None:
    app = FastAPI()
    app.include_router(call_with_deadline.router)

    async def ask() -> tuple[int, float]:
        server, url = await served(serve)
        calls = httpx.AsyncClient(base_url=url, timeout=call_with_deadline.client.timeout)
        monkeypatch.setattr(call_with_deadline, "client", calls)
        async with calls, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            begun = time.monotonic()
            status = (await client.get("/price")).status_code
            took_s = time.monotonic() - begun
        server.close()
        return status, took_s

    status, took_s = asyncio.run(ask())
    assert status == 503
    assert waits_s <= took_s < waits_s + 0.4


def test_the_recipe_lets_no_call_stand_in_line_in_the_clients_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    app.include_router(call_with_deadline.router)
    arrived: list[int] = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(1)
        await silent(reader, writer)

    async def ask() -> list[int]:
        server, url = await served(counted)
        limits = httpx.Limits(max_connections=2, max_keepalive_connections=2)
        calls = httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(5), limits=limits)
        monkeypatch.setattr(call_with_deadline, "client", calls)
        monkeypatch.setattr(call_with_deadline, "turns", asyncio.Semaphore(2))
        monkeypatch.setattr(call_with_deadline, "DEADLINE_S", 0.3)
        async with calls, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            asked = [asyncio.create_task(client.get("/price")) for _ in range(6)]
            await asyncio.sleep(0.15)
            assert len(arrived) == 2
            responses = await asyncio.gather(*asked)
            assert not calls._transport._pool.connections  # type: ignore[attr-defined]
        server.close()
        return [response.status_code for response in responses]

    assert asyncio.run(ask()) == [503] * 6
