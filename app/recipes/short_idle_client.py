import httpx


def client(server_keeps_s: float = 5.0) -> httpx.AsyncClient:
    """A client that gives up idle connections well before the server does: uvicorn's --timeout-keep-alive is 5 s."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=server_keeps_s / 2)
    return httpx.AsyncClient(limits=limits)
