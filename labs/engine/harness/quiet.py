"""Waits until a machine is quiet: while nothing of ours runs, whatever it uses is used by others."""

from collections.abc import Callable

import psutil

WATCH_S = 10.0
BUSY_SHARE = 0.03  # of all cores
GIVE_UP_S = 600.0


def others_share(watch_s: float = WATCH_S) -> float:
    """The share of all cores that was used while it watched."""
    return float(psutil.cpu_percent(interval=watch_s)) / 100


def wait(say: Callable[[str], None], share: Callable[[], float] = others_share) -> float:
    """Watch for 10 s, and again while others use more than 3%; returns what they used at last, at most 10 min later."""
    waited_s = 0.0
    while (used := share()) > BUSY_SHARE and waited_s < GIVE_UP_S:
        waited_s += WATCH_S
        say(f"other programs use {used:.0%} of the machine: waiting until it is quiet")
    return used
