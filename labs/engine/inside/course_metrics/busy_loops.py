"""Event loops: how much of the time each serves nobody, in stretches of more than 5 ms (asyncio, uvloop 0.22).

A thread asks the loop for a sign about every 20 ms. A stretch of length L makes the sign later than d at a share
(L - d) ÷ T of all moments, and later than 2d at (L - 2d) ÷ T; twice the first less the second is L ÷ T, its whole
share of the time. Computing counts like a call that blocks, except where it keeps the interpreter lock to itself.
"""

import time
from threading import Thread
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from course_metrics import loops, resources

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

LATE_S = 0.005  # d: a thread that wants the interpreter lock waits as long for it
SHORTEST_S = 2 * LATE_S  # between two looks
SPREAD_S = 0.02  # and up to so much more: never the same, or a service in step with them would hide
STEP = 0.618034  # of the spread: the golden ratio's, which fills it evenly
UNREAD_S = 5.0  # after which nobody wants to know any more


class Watch:
    """One loop: when it was asked for a sign, when it gave one, and at how many moments a long stretch went on."""

    def __init__(self, loop: "AbstractEventLoop") -> None:
        self.loop = ref(loop)
        self.asked_s: float | None = None
        self.signed_s: float | None = None
        self.looks = self.late = 0

    def look(self) -> None:
        """Settle what was asked before, and ask again. Raises RuntimeError once the loop is closed."""
        loop, now_s, asked_s, signed_s = self.loop(), time.monotonic(), self.asked_s, self.signed_s
        if loop is None or not loop.is_running():
            self.asked_s = None
            return
        if asked_s is not None:
            waited_s = (now_s if signed_s is None else signed_s) - asked_s
            self.looks += 1
            self.late += 2 * (waited_s > LATE_S) - (waited_s > 2 * LATE_S)
        self.asked_s = now_s
        if asked_s is None or signed_s is not None:  # else the sign that it owes answers for this moment as well
            self.signed_s = None
            loop.call_soon_threadsafe(self._sign)

    def share(self) -> float | None:
        """Since the last call; None where nobody looked."""
        looks, late, self.looks, self.late = self.looks, self.late, 0, 0
        return late / looks if looks else None

    def _sign(self) -> None:
        self.signed_s = time.monotonic()


class Watched:
    """Every loop of this process that runs for longer than a moment."""

    def __init__(self) -> None:
        self.watches: WeakKeyDictionary[AbstractEventLoop, Watch] = WeakKeyDictionary()
        self.thread: Thread | None = None
        self.read_s = 0.0

    def read(self) -> resources.Told:
        """One loop, the busiest, and the share of the time in which it was busy since the last call."""
        self.read_s = time.monotonic()
        for loop in list(loops._hearts):
            if loop not in self.watches:
                self.watches[loop] = Watch(loop)
        if self.watches and (self.thread is None or not self.thread.is_alive()):  # a child that was forked has none
            self.thread = Thread(target=self._look_for_long, name="course metrics, loops", daemon=True)
            self.thread.start()
        shares = [one for watch in list(self.watches.values()) if (one := watch.share()) is not None]
        return 1, max(shares, default=None), 0

    def _look_for_long(self) -> None:
        phase = 0.0
        while time.monotonic() - self.read_s < UNREAD_S:
            phase = (phase + STEP) % 1
            time.sleep(SHORTEST_S + SPREAD_S * phase)
            for watch in self._copied():
                try:
                    watch.look()
                except RuntimeError:  # its loop has just been closed
                    continue

    def _copied(self) -> list[Watch]:
        try:
            return list(self.watches.values())
        except RuntimeError:  # another one has just been found
            return []


watched = Watched()


def hook() -> None:
    resources.note(watched, "event loop", Watched.read)
