"""Server metrics of httpx's connection pools, read inside a service that knows nothing of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from labs.engine.harness.gauges import gauges
from labs.engine.harness.server import inside_path

WATCHED = """
import asyncio, json, threading, time
import httpx
from course_metrics import writer

async def serve(reader, writer):
    while await reader.readuntil(b"\\r\\n\\r\\n"):
        await asyncio.sleep(1)
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    two = httpx.AsyncClient(limits=httpx.Limits(max_connections=2))
    calls = [asyncio.create_task(two.get(url)) for _ in range(5)]
    with httpx.Client(limits=httpx.Limits(max_connections=3)) as three:
        thread = threading.Thread(target=three.get, args=(url,))
        thread.start()
        await asyncio.sleep(0.5)
        print(json.dumps(writer.seen()), flush=True)
        await asyncio.to_thread(thread.join)
    for call in calls:
        call.cancel()

asyncio.run(main())
"""


def test_both_clients_pools_tell_what_is_in_use_and_who_waits(tmp_path: Path) -> None:
    own = {"PYTHONPATH": inside_path(None), "COURSE_METRICS": str(tmp_path), "COURSE_METRICS_KNOWN": "httpx_pools"}
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED], env=os.environ | own, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout, ended.stderr
    seen = json.loads(ended.stdout.splitlines()[0])
    pools = sorted((one["size"], one["in_use"], one["waiting"]) for one in seen["resources"])
    assert pools == [(2, 2, 3), (3, 1, 0)] and {one["kind"] for one in seen["resources"]} == {"http client pool"}
    assert seen["unknown"] == {}
    (tmp_path / "1.json").write_text(json.dumps(seen))
    told = gauges(tmp_path, 1)
    assert (told["pool_size"], told["pool_in_use"], told["pool_waiting"]) == (5, 3, 3)
