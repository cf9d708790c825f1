"""Server metrics on a real worker: read while its loop is blocked, and while its tokens are exhausted."""

import threading
import time
from pathlib import Path

import httpx

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.service import Load, Variant
from labs.engine.harness.gauges import gauges
from labs.engine.harness.processes import watched
from tests.serving import serving

ONE_TOKEN = Variant(name="one token", endpoint=SYNC_SLEEP, ms=10, workers=1, load=Load(vus=1), thread_tokens=1)


def test_gauges_are_read_while_the_loop_is_blocked_and_while_the_tokens_are_exhausted(
    tmp_path: Path, port: int
) -> None:
    with watched() as watchdog, serving(watchdog, ONE_TOKEN, port, tmp_path) as app:
        (pid,) = app.started_workers()

        def reaches(gauge: str, least: float) -> bool:
            """Whether the gauge gets there before any response has come."""
            while any(thread.is_alive() for thread in asking):
                if gauges(app.shared, pid).get(gauge, 0.0) >= least:
                    return True
                time.sleep(0.05)
            return False

        def ask(path: str, times: int) -> list[threading.Thread]:
            url = f"http://127.0.0.1:{port}{path}"
            threads = [threading.Thread(target=httpx.get, args=(url,), kwargs={"timeout": 30}) for _ in range(times)]
            for thread in threads:
                thread.start()
            return threads

        asking = ask("/async_endpoint_mix_processing?ms=1500", 1)
        assert reaches("loop_lag_seconds", 0.5)
        for thread in asking:
            thread.join()
        asking = ask("/sync_endpoint_sync_processing?ms=1000", 3)
        assert reaches("tokens_waiting", 2) and gauges(app.shared, pid)["tokens_in_use"] == 1
        for thread in asking:
            thread.join()
