"""The executors of concurrent.futures: asyncio.to_thread's, and those that the app makes (Python 3.10 to 3.13)."""

from typing import Any

from course_metrics import hooks, resources


def hook() -> None:
    hooks.after_import("concurrent.futures.thread", lambda module: hooks.after_init(module.ThreadPoolExecutor, _thread))
    hooks.after_import(
        "concurrent.futures.process", lambda module: hooks.after_init(module.ProcessPoolExecutor, _process)
    )


def _thread(executor: Any) -> None:
    resources.note(executor, "thread pool executor", _read_threads, resources.maker("concurrent", "asyncio"))


def _process(executor: Any) -> None:
    resources.note(executor, "process pool executor", _read_processes, resources.maker("concurrent"))


def _read_threads(executor: Any) -> resources.Told:
    idle = executor._idle_semaphore._value
    return executor._max_workers, len(executor._threads) - idle, executor._work_queue.qsize()


def _read_processes(executor: Any) -> resources.Told:
    pending = len(executor._pending_work_items)
    return executor._max_workers, min(pending, executor._max_workers), max(0, pending - executor._max_workers)
