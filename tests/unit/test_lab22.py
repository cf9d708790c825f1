"""Lab 22: what httpx's pool does in this version, which its page and its predictions rest on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from app.recipes import call_times, shared_client
from labs import catalog
from labs.engine.declare.service import Machine, Variant
from labs.engine.errors import UsageError
from labs.engine.harness.commands import Ports, commands
from labs.engine.harness.overrides import Options, apply
from labs.engine.theory.prediction import Resource, predict
from labs.lab22_http_clients.lab import CLOSED, LIMITED, OWN, SYNC, given_up

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def rows() -> dict[str, Variant]:
    return {row.name: row for row in catalog.lab(22).rows("auto", Machine(2))}


class Upstream:
    """A server in this process that takes `wait_s` for each response, and counts its connections."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s, self.connections, self.url = wait_s, 0, ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(self.wait_s)
                writer.write(RESPONSE)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Upstream"]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            yield self
        finally:
            server.close()


# --- httpx, as it is installed -----------------------------------------------------------


def test_the_service_has_httpxs_own_limits_where_nothing_else_is_set() -> None:
    from app import calling  # only here: it makes its clients as it is imported

    assert calling.limits == httpx.Limits(max_connections=100, max_keepalive_connections=20)
    assert httpx.AsyncClient()._transport._pool._max_connections == 100  # type: ignore[attr-defined]
    assert httpx.AsyncClient().timeout == httpx.Timeout(5.0) == calling.timeout


async def _refused(keep: int) -> int:
    """How many of four calls at once get a PoolTimeout, where the last one must wait twice the pool timeout."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=keep)
    async with (
        Upstream(0.4).running() as upstream,
        httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(9, pool=0.6)) as client,
    ):
        ended = await asyncio.gather(*(client.get(upstream.url) for _ in range(4)), return_exceptions=True)
    return sum(isinstance(one, httpx.PoolTimeout) for one in ended)


def test_the_pool_timeout_begins_again_whenever_a_kept_connection_comes_free() -> None:
    assert asyncio.run(_refused(keep=1)) == 0


def test_where_connections_are_closed_after_use_the_pool_timeout_is_the_longest_wait() -> None:
    assert asyncio.run(_refused(keep=0)) == 2


def test_a_call_that_is_cancelled_as_it_gets_a_connection_leaves_it_taken_by_nobody() -> None:
    async def lost() -> str:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
        async with Upstream(0.1).running() as upstream, httpx.AsyncClient(limits=limits, timeout=9) as client:
            pool: Any = client._transport._pool  # type: ignore[attr-defined]
            first, second = (asyncio.create_task(client.get(upstream.url)) for _ in range(2))
            await asyncio.sleep(0.05)
            assign = pool._assign_requests_to_connections

            def assign_and_cancel() -> Any:
                closing = assign()
                second.cancel()  # as a timeout of the pool does that comes at this moment
                return closing

            pool._assign_requests_to_connections = assign_and_cancel
            await asyncio.gather(first, second, return_exceptions=True)
            return repr(pool)

    assert "Requests: 0 active, 0 queued | Connections: 1 active" in asyncio.run(lost())


def test_more_connections_than_are_kept_are_closed_even_while_the_others_are_busy() -> None:
    async def opened(keep: int) -> int:
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=keep)
        async with Upstream(0.02).running() as upstream, httpx.AsyncClient(limits=limits, timeout=9) as client:

            async def user() -> None:
                for _ in range(5):
                    await client.get(upstream.url)

            await asyncio.gather(*(user() for _ in range(10)))
            return upstream.connections

    assert asyncio.run(opened(keep=10)) == 10
    assert asyncio.run(opened(keep=5)) > 20


def test_nearly_all_that_making_a_client_costs_is_its_tls_context() -> None:
    context = httpx.create_ssl_context()

    def cost_s(**options: Any) -> float:
        begun_s = time.process_time()
        for _ in range(10):
            httpx.AsyncClient(**options)
        return time.process_time() - begun_s

    cost_s(verify=context)
    assert cost_s() > 5 * cost_s(verify=context)


# --- the predictions ---------------------------------------------------------------------


def test_nobody_is_refused_who_gets_a_connection_in_time() -> None:
    assert given_up(10, 10, 0.5, 0.75) == 0
    assert given_up(25, 10, 0.5, 0.75) == 0  # the last one waits for 1.5 turns of 0.5 s
    assert given_up(40, 10, 0.5, 0.75) == pytest.approx(0.5)
    assert given_up(40, 10, 1.0, 0.75) == pytest.approx(0.75)


def test_connections_or_tokens_limit_each_judged_row(rows: dict[str, Variant]) -> None:
    found = {name: predict(row, cores=2) for name, row in rows.items() if row.judged}
    pooled = {name: one.throughput_per_s for name, one in found.items() if one.limited_by.only is Resource.POOL}
    assert pooled == {LIMITED: 20}
    assert found[SYNC].limited_by.only is Resource.TOKENS and found[SYNC].throughput_per_s == 40


# --- how it is started -------------------------------------------------------------------


def test_the_service_is_told_of_its_upstream_and_its_pool(rows: dict[str, Variant]) -> None:
    started = commands(rows[CLOSED], Ports(18300, 18301))
    told = started.server.settings
    assert told["UPSTREAM_URL"] == "http://127.0.0.1:18301" and told["POOL_MAX_SIZE"] == "10"
    assert told["POOL_TIMEOUT_S"] == "0.75" and told["POOL_KEEP_ALIVE"] == "0" and told["POOL"] == "none"
    assert "httpx_pools" in told["COURSE_METRICS_KNOWN"]
    assert "POOL_MAX_SIZE" not in commands(rows[OWN], Ports(18300, 18301)).server.settings


def test_a_reader_may_change_the_pool_of_a_service_that_has_one(rows: dict[str, Variant]) -> None:
    changed = apply(Options(pool=20), catalog.lab(22), list(rows.values()))
    assert {row.pool.size for row in changed if row.pool} == {20}
    with pytest.raises(UsageError, match="no pool of connections"):
        apply(Options(pool=20), catalog.lab(2), catalog.lab(2).rows("auto", Machine(2)))


# --- the recipes -------------------------------------------------------------------------


class Slow:
    """An upstream that takes `wait_s`, and notes how many calls it had at once."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s, self.now, self.most = wait_s, 0, 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.wait_s)
        self.now -= 1
        return httpx.Response(200)


async def _asked(times: int, upstream: Slow) -> list[int]:
    """The status of that many requests at once to the recipe, its upstream replaced."""
    app: FastAPI = shared_client.app
    async with shared_client.lifespan(app):
        app.state.upstream = httpx.AsyncClient(transport=httpx.MockTransport(upstream), base_url="http://upstream")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return [one.status_code for one in await asyncio.gather(*(client.get("/weather") for _ in range(times)))]


def test_the_recipe_calls_its_upstream_no_more_often_at_once_than_it_says() -> None:
    upstream = Slow(0.05)
    assert asyncio.run(_asked(50, upstream)) == [200] * 50
    assert upstream.most == shared_client.CALLS


def test_the_recipe_refuses_who_gets_no_turn_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_client, "PATIENCE_S", 0.1)
    statuses = asyncio.run(_asked(30, Slow(1.5)))
    assert sorted(statuses) == [200] * 20 + [503] * 10


def test_the_recipe_gives_its_turn_back_when_the_upstream_takes_too_long() -> None:
    async def ask() -> tuple[int, int]:
        async def late(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("late", request=request)

        app = FastAPI(lifespan=shared_client.lifespan)
        async with shared_client.lifespan(app):
            app.state.upstream = httpx.AsyncClient(transport=httpx.MockTransport(late), base_url="http://upstream")
            with pytest.raises(HTTPException) as raised:
                await shared_client.call(_Asking(app), "/weather")  # type: ignore[arg-type]
            return raised.value.status_code, app.state.turns._value

    assert asyncio.run(ask()) == (504, shared_client.CALLS)


class _Asking:
    """What the recipe reads of a request."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app


def test_the_call_times_tell_the_clients_part_from_the_upstreams() -> None:
    async def ask() -> tuple[call_times.CallTimes, call_times.CallTimes]:
        limits = httpx.Limits(max_connections=1)
        async with Upstream(0.2).running() as upstream, httpx.AsyncClient(limits=limits, timeout=9) as client:
            first, second = call_times.CallTimes(), call_times.CallTimes()
            await asyncio.gather(*(client.get(upstream.url, extensions={"trace": one}) for one in (first, second)))
        return first, second

    first, second = asyncio.run(ask())
    assert first.until_sent_s < 0.1 < first.upstream_s
    assert second.until_sent_s >= 0.18 and second.upstream_s >= 0.18


def test_the_call_times_of_a_call_without_a_response_dont_blame_the_client() -> None:
    async def ask() -> call_times.CallTimes:
        times = call_times.CallTimes()
        async with Upstream(5).running() as upstream, httpx.AsyncClient(timeout=1) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(upstream.url, extensions={"trace": times})
        return times

    times = asyncio.run(ask())
    assert 0 <= times.until_sent_s < 0.8 and times.upstream_s == 0  # on a busy machine a third of a second
