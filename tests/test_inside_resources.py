"""Semaphores, locks and pools of other libraries, read inside processes of every kind that a service may start.

What asyncpg, redis, aiohttp or gunicorn decide is skipped where they aren't installed: the course needs none of them.
"""

import json
import subprocess
import sys
import textwrap
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from labs.engine.harness import ports, postgres
from labs.engine.harness.inside_modules import EVERY, FOLDER
from labs.engine.harness.processes import Watchdog, child
from labs.engine.harness.server import inside_path
from tests.test_inside import environment, of, seen


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(package) is None, reason=f"{package} isn't installed")


def ran(code: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    env = environment(folder, **{"COURSE_METRICS_KNOWN": " ".join(EVERY)} | more)
    argv = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)


def told(code: str, folder: Path, **more: str) -> Any:
    """What the code prints, as JSON."""
    ended = ran(code, folder, **more)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def state(one: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    return one["size"], one["in_use"], one["waiting"]


def by_maker(found: dict[str, Any]) -> dict[str, tuple[float | None, float | None, float | None]]:
    return {one["made_in"].partition(" in ")[0]: state(one) for one in found["resources"]}


# --- semaphores and locks ---------------------------------------------------------------------

HELD = """
import asyncio, json, threading, time
from dataclasses import dataclass, field
import anyio
from course_metrics import writer

def of_asyncio(): return asyncio.BoundedSemaphore(2)
def of_threading(): return threading.BoundedSemaphore(2)
def of_anyio(): return anyio.Semaphore(2)
def lock_of_asyncio(): return asyncio.Lock()
def lock_of_anyio(): return anyio.Lock()
def lock_of_threading(): return threading.Lock()
def rlock_of_threading(): return threading.RLock()
before_any_loop = anyio.Semaphore(2)
def signal(): return asyncio.Semaphore(0)
def overdrawn():
    one = asyncio.Semaphore(1)
    one.release()
    return one

class Own(asyncio.Semaphore):
    def __init__(self):
        super().__init__(7)
def subclass(): return Own()

async def hold(one):
    async with one:
        await asyncio.sleep(5)

def hold_thread(one):
    with one:
        time.sleep(5)

async def main():
    kept = [signal(), overdrawn(), subclass()]
    for make in (of_asyncio, of_anyio, lock_of_asyncio, lock_of_anyio):
        kept.append(make())
        kept += [asyncio.create_task(hold(kept[-1])) for _ in range(5)]
    kept += [asyncio.create_task(hold(before_any_loop)) for _ in range(5)]
    for make in (of_threading, lock_of_threading, rlock_of_threading):
        kept.append(make())
        for _ in range(5):
            threading.Thread(target=hold_thread, args=(kept[-1],), daemon=True).start()
    await asyncio.sleep(0.5)
    print(json.dumps(writer.seen()), flush=True)
    import os; os._exit(0)

asyncio.run(main())
"""


def test_semaphores_and_locks_say_how_many_hold_them_and_how_many_wait(tmp_path: Path) -> None:
    found = told(HELD, tmp_path)
    assert found["unknown"] == {}
    assert {one["made_in"].rpartition(" in ")[2] for one in found["resources"]} == {"__main__"}
    assert by_maker(found) == {
        "of_asyncio": (2, 2, 3),
        "of_anyio": (2, 2, 3),
        "<module>": (2, 2, 3),
        "of_threading": (2, 2, 3),
        "lock_of_asyncio": (1, 1, 4),
        "lock_of_anyio": (1, 1, 4),
        "lock_of_threading": (1, 1, 4),
        "rlock_of_threading": (1, 1, 4),
        "overdrawn": (None, None, 0),
        "subclass": (7, 0, 0),
    }
    assert {one["kind"] for one in found["resources"] if "lock" in one["made_in"]} == {"lock"}


LIBRARY = """
import asyncio, threading
def make(): return asyncio.Semaphore(3), asyncio.Lock(), threading.Lock(), threading.RLock()
"""


def installed(folder: Path, name: str) -> Path:
    """A package of that name where pip would have put it."""
    site = folder / "site-packages"
    (site / name).mkdir(parents=True)
    (site / name / "__init__.py").write_text(LIBRARY)
    return site


@pytest.mark.parametrize(
    ("name", "own", "kinds"),
    [
        ("uvloop", "", []),  # a well-known library: its semaphores bound nothing of the service
        ("other", "", ["semaphore"]),
        ("other", "other", ["lock", "lock", "lock", "semaphore"]),  # the service itself may be installed
    ],
    ids=["well-known library", "any library", "the service"],
)
def test_what_libraries_make_is_told_from_what_the_service_makes(
    tmp_path: Path, name: str, own: str, kinds: list[str]
) -> None:
    path = inside_path(str(installed(tmp_path, name)))
    code = f"""
        import json, threading
        import {name}
        from course_metrics import resources
        kept = {name}.make(), threading.Event(), threading.Condition(), threading.Barrier(2)
        print(json.dumps([sorted(one["kind"] for one in resources.readings()), type(kept[0][2]).__name__]))
    """
    found, real = told(code, tmp_path, PYTHONPATH=path, COURSE_METRICS_OWN=own)
    assert found == kinds and (real == "Watched") == (own == name)


def test_a_lock_of_the_service_does_what_a_lock_does(tmp_path: Path) -> None:
    code = """
        import copy, json, os, pickle, threading, time
        from threading import Lock, RLock
        lock, again = Lock(), RLock()
        assert isinstance(lock, Lock) and not isinstance(lock, RLock) and isinstance(again, RLock)
        assert lock.acquire() and lock.locked() and not lock.acquire(False) and not lock.acquire(timeout=0.01)
        assert not lock.acquire(True, 0)
        lock.release()
        try:
            lock.release()
        except RuntimeError as error:
            assert "unlocked" in str(error)
        with again, again:
            pass
        for refused in (copy.copy, copy.deepcopy, pickle.dumps):
            try:
                refused(lock)
                raise SystemExit("it was copied")
            except TypeError as error:
                assert "cannot pickle '_thread.lock' object" in str(error)
        for one in (lock, again):
            condition, ready = threading.Condition(one), []
            def wait():
                with condition:
                    ready.append(condition.wait(5))
            thread = threading.Thread(target=wait)
            thread.start()
            time.sleep(0.2)
            with condition:
                condition.notify()
            thread.join()
            assert ready == [True]
        with lock:
            if os.fork() == 0:
                lock._at_fork_reinit()
                os._exit(0 if lock.acquire(False) else 1)
            assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
        count = 0
        def add():
            global count
            for _ in range(20_000):
                with lock:
                    count += 1
        threads = [threading.Thread(target=add) for _ in range(4)]
        for one in threads: one.start()
        for one in threads: one.join()
        print(json.dumps([count, len(lock._waiting), repr(lock)]))
    """
    count, waiting, says = told(code, tmp_path)
    assert (count, waiting) == (80_000, 0) and says.startswith("<unlocked _thread.lock")


def test_locks_by_the_thousand_are_read_up_to_a_bound_and_that_is_said(tmp_path: Path) -> None:
    code = """
        import asyncio, json
        from collections import defaultdict
        from course_metrics import writer
        def lock_per_key(keys):
            locks = defaultdict(asyncio.Lock)
            for key in range(keys):
                locks[key]
            return locks
        for _ in range(50):
            lock_per_key(10)  # these are gone again and count for nothing
        kept = lock_per_key(5_000)
        found = writer.seen()
        print(json.dumps([len(found["resources"]), found["unknown"]]))
    """
    count, unknown = told(code, tmp_path)
    assert (
        count == 100 and list(unknown) == ["lock_per_key in __main__"] and "100" in unknown["lock_per_key in __main__"]
    )


# --- pools of libraries -----------------------------------------------------------------------


@needs("asyncpg")
def test_an_asyncpg_pool_is_read_before_it_opens_and_under_load(tmp_path: Path, watchdog: Watchdog) -> None:
    code = """
        import asyncio, json, os, gc
        import asyncpg
        from course_metrics import resources
        async def ask(pool):
            async with pool.acquire() as connection:
                await connection.execute("SELECT pg_sleep(1)")
        async def main():
            # its own parser takes a socket's folder, but no plain `user=` beside it
            made = asyncpg.create_pool(host=os.environ["SOCKETS"], user="postgres", database="postgres",
                                       min_size=1, max_size=3)
            told = [resources.readings()]
            async with made as pool:
                assert isinstance(pool, asyncpg.Pool) and type(pool).__name__ == "Pool"
                told.append(resources.readings())
                asked = [asyncio.create_task(ask(pool)) for _ in range(8)]
                await asyncio.sleep(0.5)
                told.append(resources.readings())
                await asyncio.gather(*asked)
                told.append(resources.readings())
            del made, pool, asked
            gc.collect()
            told.append(resources.readings())
            print(json.dumps(told))
        asyncio.run(main())
    """
    with postgres.running(watchdog, tmp_path / "postgres.log", 20) as database:
        sockets = database.url.partition("host=")[2].partition("&")[0]
        moments = told(code, tmp_path, SOCKETS=sockets)
    assert [state(of_pools[0]) for of_pools in moments[:4]] == [(3, 0, 0), (3, 0, 0), (3, 3, 5), (3, 0, 0)]
    assert moments[0][0]["kind"] == "connection pool" and moments[0][0]["made_in"] == "main in __main__"
    assert moments[4] == []  # nothing keeps it alive


REDIS = """
import asyncio, json, threading, time
import redis, redis.asyncio
from course_metrics import resources

class Fake(redis.asyncio.connection.AbstractConnection):
    def __init__(self, **settings): super().__init__()
    def repr_pieces(self): return []
    async def _connect(self): pass
    async def connect(self): pass
    async def can_read_destructive(self): return False
    async def can_read(self, *_, **__): return False
    async def disconnect(self, *_, **__): pass
    def _host_error(self): return ""

class Plain:
    def __init__(self, **settings): self.pid = __import__("os").getpid()
    def connect(self): pass
    def disconnect(self, *_, **__): pass
    def can_read(self, *_, **__): return False
    def should_reconnect(self): return False
    def __getattr__(self, name): return lambda *_, **__: None

def waits(): return redis.BlockingConnectionPool(connection_class=Plain, max_connections=2)
def fails(): return redis.ConnectionPool(connection_class=Plain, max_connections=3)
def awaits(): return redis.asyncio.BlockingConnectionPool(connection_class=Fake, max_connections=2)
def unbounded(): return redis.asyncio.ConnectionPool(connection_class=Fake, max_connections=2**31)
def client(): return redis.asyncio.Redis(max_connections=9)

async def hold(pool):
    connection = await pool.get_connection()
    await asyncio.sleep(0.6)
    await pool.release(connection)

def hold_thread(pool):
    connection = pool.get_connection()
    time.sleep(0.6)
    pool.release(connection)

async def main():
    pools = waits(), fails(), awaits(), unbounded(), client()
    tasks = [asyncio.create_task(hold(pools[2])) for _ in range(5)] + [asyncio.create_task(hold(pools[3]))]
    threads = [threading.Thread(target=hold_thread, args=(pools[0],)) for _ in range(5)]
    threads += [threading.Thread(target=hold_thread, args=(pools[1],)) for _ in range(3)]
    for one in threads: one.start()
    await asyncio.sleep(0.3)
    told = [resources.readings()]
    await asyncio.gather(*tasks)
    await asyncio.to_thread(lambda: [one.join() for one in threads])
    print(json.dumps(told + [resources.readings()]))
asyncio.run(main())
"""


@needs("redis")
def test_redis_pools_are_read_sync_and_async_and_only_the_blocking_ones_wait(tmp_path: Path) -> None:
    loaded, idle = ([one for one in moment if one["kind"] == "connection pool"] for moment in told(REDIS, tmp_path))
    assert by_maker({"resources": loaded}) == {
        "waits": (2, 2, 3),
        "fails": (3, 3, 0),
        "awaits": (2, 2, 3),
        "unbounded": (None, 1, 0),
        "client": (9, 0, 0),
    }
    assert {one["in_use"] for one in idle} == {0} and {one["waiting"] for one in idle} == {0}


AIOHTTP = """
import asyncio, json
import aiohttp
from course_metrics import resources

async def respond(reader, writer):
    while await reader.readuntil(b"\\r\\n\\r\\n"):
        await asyncio.sleep(0.6)
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")

async def main():
    servers = [await asyncio.start_server(respond, "127.0.0.1", 0) for _ in range(2)]
    urls = [f"http://127.0.0.1:{one.sockets[0].getsockname()[1]}/" for one in servers]
    def total(): return aiohttp.TCPConnector(limit=4)
    def per_host(): return aiohttp.TCPConnector(limit=10, limit_per_host=2)
    def none(): return aiohttp.TCPConnector(limit=0)
    told = []
    for make in (total, per_host, none):
        async with aiohttp.ClientSession(connector=make()) as session:
            async def ask(url):
                async with session.get(url) as response:
                    await response.read()
            # three to the first for each one to the second
            asked = [asyncio.create_task(ask(url)) for url in [urls[0]] * 6 + [urls[1]]]
            await asyncio.sleep(0.3)
            told += [one for one in resources.readings() if make.__name__ in one["made_in"]]
            await asyncio.gather(*asked)
    print(json.dumps(told))
asyncio.run(main())
"""


@needs("aiohttp")
def test_an_aiohttp_connector_says_which_of_its_limits_is_reached(tmp_path: Path) -> None:
    found = told(AIOHTTP, tmp_path)
    assert {one["kind"] for one in found} == {"http client pool"}
    assert by_maker({"resources": found}) == {"total": (4, 4, 3), "per_host": (2, 2, 4), "none": (None, 7, 0)}


# --- processes of every kind ------------------------------------------------------------------

SERVICE = """
import asyncio
SLOTS = asyncio.Semaphore(3)
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    async with SLOTS:
        await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""

SERVERS = {
    "uvicorn, one process": ["uvicorn"],
    "uvicorn, two spawned workers": ["uvicorn", "--workers", "2"],
    "uvicorn on asyncio's loop": ["uvicorn", "--loop", "asyncio"],
    "gunicorn, two forked workers": ["gunicorn", "--workers", "2", "-k", "uvicorn_worker.UvicornWorker"],
    "gunicorn, loaded before the fork": [
        "gunicorn",
        "--preload",
        "--workers",
        "2",
        "-k",
        "uvicorn_worker.UvicornWorker",
    ],
}


def started(argv: list[str], port: int) -> list[str]:
    where = ["--port", str(port)]
    if argv[0] == "gunicorn":
        where = ["--bind", f"127.0.0.1:{port}", "--control-socket", "control"]
    return [sys.executable, "-m", *argv, *where, "service:app"]


def serving(folder: Path) -> list[dict[str, Any]]:
    """The processes that serve requests. The lag of a loop is known from the second look on."""
    return [one for one in seen(folder) if of("requests", one) and one["loop_lag_s"] is not None]


@pytest.mark.parametrize("name", SERVERS)
def test_every_worker_of_a_server_reports(tmp_path: Path, watchdog: Watchdog, port: int, name: str) -> None:
    argv = SERVERS[name]
    if argv[0] == "gunicorn" and not (find_spec("gunicorn") and find_spec("uvicorn_worker")):
        pytest.skip("gunicorn isn't installed")
    workers = 2 if "2" in argv else 1
    (tmp_path / "service.py").write_text(SERVICE)
    folder = tmp_path / "seen"
    folder.mkdir()
    env = environment(folder, COURSE_METRICS_KNOWN=" ".join(EVERY), PYTHONPATH=inside_path(str(tmp_path)))
    with (tmp_path / "log").open("wb") as log, child(watchdog, started(argv, port), log, env, tmp_path):
        deadline = time.monotonic() + 40
        while len(serving(folder)) < workers and time.monotonic() < deadline:
            time.sleep(0.2)
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"
        found = serving(folder)
        assert len(found) == workers, (tmp_path / "log").read_text()
        for one in found:
            (slots,) = of("semaphore", one)
            # the last reading may be from the middle of the request: one place is in use then
            assert state(slots) in ((3, 0, 0), (3, 1, 0)) and slots["made_in"] == "<module> in service"
            assert one["unknown"] == {}
        # gunicorn's parent has a loop of its own, for its control socket: it reports too, and serves nothing
        assert len(seen(folder)) - workers == (argv[0] == "gunicorn")
    ports.wait_until_free(port)


POOL = """
import asyncio, multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor

async def main():
    pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("HOW"))
    loop = asyncio.get_running_loop()
    await asyncio.gather(*[loop.run_in_executor(pool, time.sleep, 0.7) for _ in range(6)])
    pool.shutdown()

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_a_process_pool_is_seen_where_it_is_used_and_its_processes_write_nothing(tmp_path: Path, how: str) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL.replace("HOW", how))
    folder = tmp_path / "seen"
    folder.mkdir()
    states = set()
    env = environment(folder, COURSE_METRICS_KNOWN=" ".join(EVERY))
    with subprocess.Popen([sys.executable, str(script)], env=env) as process:
        while process.poll() is None:
            time.sleep(0.05)
            states |= {state(one) for found in seen(folder) for one in of("process pool executor", found)}
        assert process.returncode == 0
    assert (2, 2, 4) in states and [path.stem for path in folder.glob("*.json")] == [str(process.pid)]


def test_two_loops_in_one_process_are_both_watched(tmp_path: Path) -> None:
    code = """
        import asyncio, json, threading, time
        from course_metrics import loops, writer
        async def quiet(): await asyncio.sleep(3)
        async def blocked():
            await asyncio.sleep(1)
            time.sleep(1.5)
            await asyncio.sleep(0.5)
        for main in (quiet, blocked):
            threading.Thread(target=asyncio.run, args=(main(),)).start()
        time.sleep(0.8)
        calm = max(loops.lags_s())
        time.sleep(1.4)
        lags = loops.lags_s()
        print(json.dumps([len(loops._hearts), calm, max(lags), min(lags)]))
    """
    hearts, calm_s, worst_s, best_s = told(code, tmp_path)
    assert hearts == 2 and calm_s < 0.5 and worst_s > 0.8 > 0.5 > best_s


def test_an_isolated_interpreter_reports_nothing_and_its_locks_are_the_real_ones(tmp_path: Path) -> None:
    code = "import asyncio, sys, threading; asyncio.run(asyncio.sleep(0.6)); print(sys.flags.isolated, threading.Lock)"
    argv = [sys.executable, "-I", "-c", code]
    ended = subprocess.run(argv, env=environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert ended.stdout.startswith("1 <built-in function") and seen(tmp_path) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_library_that_has_changed_makes_one_kind_unknown_and_nothing_fail(tmp_path: Path, name: str) -> None:
    """Every class and function that the module looks for is gone: the others still read theirs."""
    code = f"""
        import json, types
        from course_metrics import {name} as one, hooks, makers
        tried = []
        def after(module, then):
            hooks._try(then, types.ModuleType(module))
            tried.append(module)
        hooks.after_import = makers.after_import = after
        one.hook()
        print(json.dumps([tried, hooks.failed]))
    """
    tried, failed = told(code, tmp_path)
    assert tried and set(failed) == set(tried)


# --- what it costs ----------------------------------------------------------------------------


def test_every_module_that_reads_something_is_known_to_diagnose() -> None:
    besides = {"__init__", "busy_loops", "hooks", "loops", "makers", "resources", "set_sizes", "writer"}
    assert set(EVERY) == {path.stem for path in FOLDER.glob("*.py")} - besides


def test_reading_a_service_with_many_resources_takes_less_than_two_milliseconds(tmp_path: Path) -> None:
    """Of the thread's own time, ten writes: it holds the interpreter lock for no longer than that at once."""
    code = """
        import asyncio, io, json, threading, time
        from course_metrics import writer
        def places(): return [asyncio.Semaphore(3), asyncio.Lock(), threading.Lock()]
        kept = [places() for _ in range(20)]
        async def main():
            costs = []
            for _ in range(30):
                await asyncio.sleep(0.01)
                begun = time.thread_time()
                json.dump(writer.seen(), io.StringIO())
                costs.append(time.thread_time() - begun)
            print(json.dumps([sorted(costs)[15], len(writer.seen()["resources"])]))
        asyncio.run(main())
    """
    cost_s, count = told(code, tmp_path)
    assert count == 60 and cost_s < 0.002


def test_what_the_service_runs_into_per_request_costs_microseconds(tmp_path: Path) -> None:
    """Of a request that costs 0.3 ms of CPU, 3% is 9 µs: a lock that is taken, or made, costs far less."""
    code = """
        import _thread, asyncio, concurrent.futures, json, threading, timeit
        real, watched = _thread.allocate_lock(), threading.Lock()
        def use(lock):
            with lock: pass
        def each_s(call): return min(timeit.repeat(call, number=500, repeat=60)) / 500
        made = threading.Lock, asyncio.Lock, lambda: asyncio.Semaphore(3), threading.Event, concurrent.futures.Future
        print(json.dumps([each_s(lambda: use(watched)) - each_s(lambda: use(real)), *map(each_s, made)]))
    """
    taken_s, *made_s = told(code, tmp_path)
    assert taken_s < 1e-6 and max(made_s) < 6e-6, (taken_s, made_s)
