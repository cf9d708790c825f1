"""The thread that writes what a process sees of itself to `<folder>/<process id>.json`, whole or not at all."""

import json
import os
import threading
import time
from typing import Any

from course_metrics import hooks, loops, resources

PERIOD_S = 0.25
_thread: threading.Thread | None = None


def start(folder: str) -> None:
    """Begin to write, unless this process already does."""
    global _thread
    if _thread is None:
        _thread = threading.Thread(target=_write_for_ever, args=(folder,), name="course metrics", daemon=True)
        _thread.start()


def forget() -> None:
    """In a child that was forked: its parent's thread isn't in it."""
    global _thread
    _thread = None


def _write_for_ever(folder: str) -> None:
    path = os.path.join(folder, f"{os.getpid()}.json")
    while os.path.isdir(folder):
        time.sleep(PERIOD_S)
        try:
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(seen(), file)
            os.replace(path + ".new", path)
        except OSError:  # whoever wanted to read it has gone
            return


def seen() -> dict[str, Any]:
    """What the file says. What this system doesn't tell is None."""
    return {
        "at_s": time.time(),
        "loop_lag_s": max(loops.lags_s(), default=None),
        "resources": resources.readings(),
        "rss_bytes": _rss_bytes(),
        "fds": _fds(),
        "cost_s": time.thread_time(),
        "unknown": hooks.failed,
    }


def _rss_bytes() -> int | None:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def _fds() -> int | None:
    try:  # Linux 6.2 and newer tell the count as the folder's size: listing thousands takes milliseconds
        return os.stat("/proc/self/fd").st_size or len(os.listdir("/proc/self/fd"))
    except OSError:
        return None
