"""The client that closes idle connections before the server does."""

import asyncio

import pytest

from app.recipes.short_idle_client import client


@pytest.mark.parametrize(("pause_s", "connections"), [(0.0, 1), (0.3, 2)])
def test_a_connection_idle_for_half_of_what_the_server_keeps_is_not_used_again(
    pause_s: float, connections: int
) -> None:
    opened = 0

    async def service(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while await reader.readline():
            while await reader.readline() != b"\r\n":
                pass
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async def ask() -> None:
        async with await asyncio.start_server(service, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with client(server_keeps_s=0.4) as http:
                await http.post(f"http://127.0.0.1:{port}/")
                await asyncio.sleep(pause_s)
                await http.post(f"http://127.0.0.1:{port}/")

    asyncio.run(ask())
    assert opened == connections
