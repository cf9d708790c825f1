"""How late each event loop serves a timer that is due every `BEAT_S`."""

import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet, ref

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

BEAT_S = 0.05


class Heart:
    """A timer on the loop; any thread may ask how late it was."""

    def __init__(self, loop: "AbstractEventLoop") -> None:
        self.loop = ref(loop)
        self.worst_s = 0.0
        self.due_s = time.monotonic()
        loop.call_soon_threadsafe(self.beat)

    def beat(self) -> None:
        now, loop = time.monotonic(), self.loop()
        self.worst_s = max(self.worst_s, now - self.due_s)
        self.due_s = now + BEAT_S
        if loop is not None:
            loop.call_later(BEAT_S, self.beat)

    def lag_s(self) -> float:
        """The worst since the last call; a beat that is overdue counts before it has come."""
        worst_s, self.worst_s = self.worst_s, 0.0
        return max(worst_s, time.monotonic() - self.due_s)


_seen: "WeakSet[AbstractEventLoop]" = WeakSet()  # every loop that ever began to run
_hearts: "WeakKeyDictionary[AbstractEventLoop, Heart]" = WeakKeyDictionary()  # of those that run for longer


def hook(events: ModuleType, started: Callable[[], None]) -> None:
    """Notice every loop that begins to run, and call `started` then. `events`: the module asyncio.events.

    asyncio's loop and uvloop both announce themselves by `_set_running_loop`; uvloop looks it up in `asyncio`.
    """
    import asyncio

    announce: Callable[[AbstractEventLoop | None], None] = events._set_running_loop

    def announced(loop: "AbstractEventLoop | None") -> None:
        announce(loop)
        if loop is not None:
            _seen.add(loop)
            started()

    for module in (events, asyncio):
        vars(module)["_set_running_loop"] = announced


def lags_s() -> list[float]:
    """One value per loop that ran at the last call too: one that runs for a moment costs no timer."""
    found = []
    for loop in [one for one in list(_seen) if one.is_running()]:
        if loop in _hearts:
            found.append(_hearts[loop].lag_s())
        else:
            try:
                _hearts[loop] = Heart(loop)
            except RuntimeError:  # it has just been closed
                continue
    return found
