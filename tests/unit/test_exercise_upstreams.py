"""The services that the exercises of labs 26 and 27 call: a bank that's far away, and a warehouse with customers."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from app import far_bank, warehouse
from app.far_bank import Bank

Ask = Callable[[httpx.AsyncClient], Awaitable[object]]


def asked(bank: Bank, ask: Ask) -> object:
    """What `ask` returns of a client of that bank, without the way between them."""

    async def main() -> object:
        server = await asyncio.start_server(bank.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, httpx.AsyncClient(base_url=url) as client:
            return await ask(client)

    return asyncio.run(main())


async def booked_twice(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    for _ in range(2):
        (await client.post("/bookings", json={"order": "a1", "cents": 1}, headers=headers)).raise_for_status()
    return int((await client.get("/bookings/a1")).json()["times"])


@pytest.mark.parametrize(("headers", "times"), [({}, 2), ({"Idempotency-Key": "a1"}, 1)])
def test_the_bank_books_the_same_order_again_unless_it_has_a_key(headers: dict[str, str], times: int) -> None:
    assert asked(Bank(0), lambda client: booked_twice(client, headers)) == times


def test_a_booking_that_breaks_off_has_been_made() -> None:
    async def ask(client: httpx.AsyncClient) -> int:
        await client.post("/bookings", json={"order": "a1"})
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/bookings", json={"order": "a2"})
        return int((await client.get("/bookings/a2")).json()["times"])

    assert asked(Bank(2), ask) == 1


def test_the_bank_closes_a_connection_that_idles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_bank, "KEEPS_S", 0.1)

    async def main() -> bytes:
        server = await asyncio.start_server(Bank(0).serve, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"GET /bookings/a1 HTTP/1.1\r\n\r\n")
            told = await asyncio.wait_for(reader.read(), 2)
            writer.close()
        return told

    assert asyncio.run(main()).endswith(b'{"times": 0}')


async def served(taken: Callable[[str], Awaitable[httpx.Response]]) -> int:
    """What a customer of a shop gets that responds with `taken(number)`."""

    async def shop(request: httpx.Request) -> httpx.Response:
        return await taken(request.url.params["number"])

    async with httpx.AsyncClient(transport=httpx.MockTransport(shop)) as client:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("SERVICE_PORT", "1")
            patched.setattr(warehouse, "shop", client)
            patched.setattr(warehouse, "BATCH_S", 0.05)
            patched.setattr(warehouse, "PATIENCE_S", 0.3)
            return await warehouse.customer("/order")


async def deliver(number: str, leaves: bool) -> int:
    """A batch of one order, whose caller leaves before it's counted, or doesn't."""
    messages = [{"type": "http.request", "body": b'["%s"]' % number.encode()}]
    messages += [{"type": "http.disconnect"}] if leaves else []

    async def receive() -> dict[str, object]:
        if messages:
            return messages.pop(0)
        return await asyncio.Future()

    return await warehouse.batch(receive)


@pytest.mark.parametrize(("leaves", "status"), [(False, 200), (True, 504)])
def test_an_order_counts_once_its_batch_has_a_response(leaves: bool, status: int) -> None:
    async def taken(number: str) -> httpx.Response:
        await deliver(number, leaves)
        return httpx.Response(200)

    assert asyncio.run(served(taken)) == status


def test_an_order_that_the_shop_does_not_take_is_refused_and_not_lost() -> None:
    async def gone(number: str) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async def broken(number: str) -> httpx.Response:
        return httpx.Response(500)

    assert asyncio.run(served(gone)) == 503 and asyncio.run(served(broken)) == 500
