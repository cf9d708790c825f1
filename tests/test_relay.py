"""The relay of lab 26 passes everything on in order, its end too, and takes its time."""

import asyncio
import time

import pytest

from app import relay
from tests.conftest import free_port


async def talk(port: int, service_port: int) -> tuple[list[bytes], float]:
    """What the service got through the relay, and how long the client waited to see its connection closed."""
    got: list[bytes] = []

    async def service(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readexactly(300_000))
        writer.close()

    async with (
        await asyncio.start_server(service, relay.HOST, service_port),
        await asyncio.start_server(relay.connected, relay.HOST, port),
    ):
        reader, writer = await asyncio.open_connection(relay.HOST, port)
        for piece in range(3):
            writer.write(bytes([piece]) * 100_000)
        begun = time.monotonic()
        assert await asyncio.wait_for(reader.read(), 10) == b""
        waited_s = time.monotonic() - begun
        writer.close()
        await asyncio.sleep(3 * relay.DELAY_S)
    return got, waited_s


def test_the_relay_passes_bytes_in_order_and_the_close_after_them(monkeypatch: pytest.MonkeyPatch) -> None:
    port, service_port = free_port(), free_port()
    monkeypatch.setattr(relay, "DELAY_S", 0.05)
    monkeypatch.setenv("SERVICE_PORT", str(service_port))
    got, waited_s = asyncio.run(talk(port, service_port))
    assert got == [b"\x00" * 100_000 + b"\x01" * 100_000 + b"\x02" * 100_000]
    assert waited_s >= 2 * relay.DELAY_S
