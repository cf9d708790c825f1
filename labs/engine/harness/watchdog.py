"""Ends our processes when the harness dies, however it dies.

Runs as a process of its own (`python watchdog.py`), reads one command a line from a pipe that only
the harness writes to, and acts at end of file: the kernel closes the pipe even after SIGKILL.

    group 123      a process group to end
    ended 123      that group is gone already
    folder /tmp/x  a folder to remove afterwards

Standard library only, so that it starts in a few milliseconds.
"""

import os
import shutil
import signal
import sys
import time

GRACE_S = 2.0


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: set[int]) -> None:
    for how, wait_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
        for group in groups:
            try:
                os.killpg(group, how)
            except (ProcessLookupError, PermissionError):
                continue
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline and any(map(alive, groups)):
            time.sleep(0.05)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    folders: list[str] = []
    for line in sys.stdin:
        command, _, argument = line.rstrip("\n").partition(" ")
        if command == "group":
            groups.add(int(argument))
        elif command == "ended":
            groups.discard(int(argument))
        elif command == "folder":
            folders.append(argument)
    end(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
