"""What a signal to the harness does: unwind, so that every child is stopped, and never between two steps."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def unwinding() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind like Ctrl-C, so that every child is stopped; status 128 + signal.

    SIGINT is set too: a shell starts background jobs with it ignored, and Python then leaves it so.
    """

    def unwind(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def deferred() -> Iterator[None]:
    """A signal that arrives within the block takes effect at its end.

    Raised in the midst of Popen, an exception would leave a child that nobody knows of. Blocking the
    signals instead would not do: the child would inherit that. Outside the main thread, where Python
    runs no handlers, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    ours = {number: handler for number, handler in before.items() if callable(handler)}
    for number in ours:
        signal.signal(number, lambda which, _: arrived.append(which))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
    if arrived:
        signal.raise_signal(arrived[0])
